#include "geometry/warp.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "core/simd.hpp"
#include "geometry/label_vote.hpp"
#include "geometry/spline.hpp"

namespace regionwise::geometry {
namespace {

/// The reference adds rint(size / 2), half to even.
double centre(std::int64_t size) {
  return std::nearbyint(static_cast<double>(size) / 2);
}

/// Where a row of the output lies in the input: column j, counted from the patch's centre, at
/// (y + j dy, x + j dx).
struct Line {
  double y;
  double x;
  double dy;
  double dx;
  double first_j;  ///< Of column 0.

  REGIONWISE_INLINE double y_at(std::int64_t column) const {
    return y + (first_j + static_cast<double>(column)) * dy;
  }
  REGIONWISE_INLINE double x_at(std::int64_t column) const {
    return x + (first_j + static_cast<double>(column)) * dx;
  }
};

/// Columns of the output.
struct Interval {
  std::int64_t begin;
  std::int64_t end;
};

/// Narrows `columns` to about those where 0 <= start + column · step <= last, a few more included.
void narrow(Interval& columns, double start, double step, double last) {
  if (std::abs(step) < 1e-9) return;
  const double a = -start / step;
  const double b = (last - start) / step;
  const auto end = static_cast<double>(columns.end);
  columns.begin =
      std::max(columns.begin, static_cast<std::int64_t>(std::clamp(std::min(a, b) - 2, 0.0, end)));
  columns.end =
      std::min(columns.end, static_cast<std::int64_t>(std::clamp(std::max(a, b) + 3, 0.0, end)));
}

/// The columns of a line that lie inside the input. These are neighbours, as both coordinates grow
/// or fall along the line, rounding included.
Interval columns_inside(const Line& line, const Shape2& from, std::int64_t width) {
  const auto y_end = static_cast<double>(from.height - 1);
  const auto x_end = static_cast<double>(from.width - 1);
  const auto inside = [&](std::int64_t column) {
    const double y = line.y_at(column);
    const double x = line.x_at(column);
    return y >= 0 && y <= y_end && x >= 0 && x <= x_end;
  };
  Interval columns{0, width};
  narrow(columns, line.y_at(0), line.dy, y_end);
  narrow(columns, line.x_at(0), line.dx, x_end);
  while (columns.begin < columns.end && !inside(columns.begin)) ++columns.begin;
  while (columns.begin < columns.end && !inside(columns.end - 1)) --columns.end;
  return columns;
}

/// Memory of this thread that the next call takes over; holds what the last one left there.
template <class T>
T* scratch(std::size_t count) {
  thread_local std::vector<T> memory;
  if (memory.size() < count) memory.resize(count);
  return memory.data();
}

/// The part of the input that a warp reads, at (y, x) in it.
struct Region {
  std::int64_t y;
  std::int64_t x;
  Shape2 shape;

  /// Grown by `margin` on each side, within the input.
  Region grown(std::int64_t margin, const Shape2& from) const {
    const std::int64_t top = std::max<std::int64_t>(0, y - margin);
    const std::int64_t left = std::max<std::int64_t>(0, x - margin);
    return {top,
            left,
            {std::min(from.height, y + shape.height + margin) - top,
             std::min(from.width, x + shape.width + margin) - left}};
  }
};

/// All of the output's rows.
struct Lines {
  Shape2 from;
  Shape2 to;
  double cos;
  double sin;

  Line of(std::int64_t row) const {
    const double i = static_cast<double>(row) - 0.5 * static_cast<double>(to.height - 1);
    return {i * cos + centre(from.height),
            -i * sin + centre(from.width),
            sin,
            cos,
            -0.5 * static_cast<double>(to.width - 1)};
  }

  /// Holds what lies inside the input between all four corners of the output, with one pixel more
  /// on each side.
  Region box() const {
    const Line first = of(0);
    const Line last = of(to.height - 1);
    const std::int64_t end = to.width - 1;
    const Interval rows =
        around({first.y_at(0), first.y_at(end), last.y_at(0), last.y_at(end)}, from.height);
    const Interval columns =
        around({first.x_at(0), first.x_at(end), last.x_at(0), last.x_at(end)}, from.width);
    return {rows.begin, columns.begin, {rows.end - rows.begin, columns.end - columns.begin}};
  }

 private:
  static Interval around(std::initializer_list<double> corners, std::int64_t size) {
    const auto [low, high] = std::minmax(corners);
    const auto last = static_cast<double>(size - 1);
    return {static_cast<std::int64_t>(std::clamp(low - 1, 0.0, last)),
            static_cast<std::int64_t>(std::clamp(high + 1, 0.0, last)) + 1};
  }
};

/// Spline coefficients of a box of a channel with a mirrored border of one before and two after, so
/// that all 4 × 4 of them are there for every pixel inside.
class Coefficients {
 public:
  Coefficients(std::span<const float> channel, const Shape2& from, const Region& box)
      : box_(box),
        stride_(box.shape.width + 3),
        values_(scratch<float>(static_cast<std::size_t>((box.shape.height + 3) * stride_))) {
    const float* corner = channel.data() + box.y * from.width + box.x;
    spline_coefficients_2d(corner, from.width, box.shape, at(0, 0), stride_);
    mirror_border();
  }

  const float* data() const { return values_; }
  std::int64_t stride() const { return stride_; }

 private:
  float* at(std::int64_t y, std::int64_t x) { return values_ + (y + 1) * stride_ + x + 1; }

  void mirror_border() {
    const auto [height, width] = box_.shape;
    for (std::int64_t y = 0; y < height; ++y) {
      for (const std::int64_t x : {std::int64_t{-1}, width, width + 1}) {
        *at(y, x) = *at(y, mirrored(x, width));
      }
    }
    for (const std::int64_t y : {std::int64_t{-1}, height, height + 1}) {
      std::copy_n(at(mirrored(y, height), -1), stride_, at(y, -1));
    }
  }

  Region box_;
  std::int64_t stride_;
  float* values_;
};

/// Where a piece of a line's pixels lies: the pixel of a plane above and left of each, and what is
/// beyond.
struct Places {
  static constexpr std::int64_t kMost = 64;
  std::array<std::int32_t, kMost> offsets;
  std::array<float, kMost> down;
  std::array<float, kMost> right;
};

/// Of columns `first` and following, all of Places, though only those inside are of use. `corner`:
/// of the plane, whose rows are `stride` apart.
REGIONWISE_MULTIVERSION void locate(const Line& line,
                                    std::int64_t first,
                                    std::int32_t corner,
                                    std::int32_t stride,
                                    Places& places) {
  const double first_j = line.first_j + static_cast<double>(first);
  const Line l = line;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(Places::kMost); ++i) {
    const double j = first_j + static_cast<double>(i);
    const double y = l.y + j * l.dy;
    const double x = l.x + j * l.dx;
    const auto row = static_cast<std::int32_t>(y);  // Not negative inside: this rounds down.
    const auto column = static_cast<std::int32_t>(x);
    const auto at = static_cast<std::size_t>(i);
    places.offsets[at] = row * stride + column - corner;
    places.down[at] = static_cast<float>(y - static_cast<double>(row));
    places.right[at] = static_cast<float>(x - static_cast<double>(column));
  }
}

/// Four weights of each pixel, one array for each tap.
using Weights = std::array<std::array<float, Places::kMost>, 4>;

REGIONWISE_MULTIVERSION void weigh(const std::array<float, Places::kMost>& fractions,
                                   Weights& weights) {
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const float t = fractions[i];
    const float u = 1 - t;
    const float t2 = t * t;
    const float u2 = u * u;
    weights[0][i] = u2 * u * (1.0F / 6);
    weights[1][i] = (4 - 3 * t2 * (2 - t)) * (1.0F / 6);
    weights[2][i] = (4 - 3 * u2 * (2 - u)) * (1.0F / 6);
    weights[3][i] = t2 * t * (1.0F / 6);
  }
}

/// The sums over rows of 4 × 4 coefficients from `corner` on, one for each column.
REGIONWISE_INLINE Float4 sum_rows(const float* corner,
                                  std::int64_t stride,
                                  const Weights& down,
                                  std::size_t pixel) {
  Float4 sum;
  load(corner, sum);
  sum *= down[0][pixel];
  for (std::size_t tap = 1; tap < 4; ++tap) {
    Float4 row;
    load(corner + static_cast<std::int64_t>(tap) * stride, row);
    sum += row * down[tap][pixel];
  }
  return sum;
}

/// Reads `count` pixels, rounded up to four, into `out`.
REGIONWISE_MULTIVERSION void interpolate(const float* coefficients,
                                         std::int64_t stride,
                                         const Places& places,
                                         const Weights& down,
                                         const Weights& right,
                                         std::size_t count,
                                         float* out) {
  for (std::size_t i = 0; i < count; i += 4) {
    Float4 a = sum_rows(coefficients + places.offsets[i], stride, down, i);
    Float4 b = sum_rows(coefficients + places.offsets[i + 1], stride, down, i + 1);
    Float4 c = sum_rows(coefficients + places.offsets[i + 2], stride, down, i + 2);
    Float4 d = sum_rows(coefficients + places.offsets[i + 3], stride, down, i + 3);
    transpose4(a, b, c, d);
    Float4 weight;
    load(&right[0][i], weight);
    Float4 value = weight * a;
    load(&right[1][i], weight);
    value += weight * b;
    load(&right[2][i], weight);
    value += weight * c;
    load(&right[3][i], weight);
    value += weight * d;
    store(value, out + i);
  }
}

/// Of no label; stands for four neighbours that differ (and for four of -128, which then vote).
constexpr Label kMixed = -128;

/// out[x]: the label of pixels x and x + 1 in both rows, where all are the same, else kMixed.
REGIONWISE_MULTIVERSION void common_labels(const Label* above,
                                           const Label* below,
                                           std::int64_t count,
                                           Label* out) {
  for (std::int64_t x = 0; x < count; ++x) {
    const Label label = above[x];
    const bool same = (label == above[x + 1]) & (label == below[x]) & (label == below[x + 1]);
    out[x] = same ? label : kMixed;
  }
}

/// What common_labels() says of each pixel of a box.
class CommonLabels {
 public:
  CommonLabels(std::span<const Label> in, const Shape2& from, const Region& box)
      : labels_(scratch<Label>(static_cast<std::size_t>(box.shape.size()))) {
    for (std::int64_t y = 0; y < box.shape.height; ++y) {
      const std::int64_t row = box.y + y;
      const Label* above = in.data() + row * from.width + box.x;
      const Label* below = row + 1 < from.height ? above + from.width : above;
      Label* out = labels_ + y * box.shape.width;
      // Where the box ends within the input, nothing reads its last row and column.
      const std::int64_t last = box.shape.width - 1;
      common_labels(above, below, last, out);
      out[last] = above[last] == below[last] ? above[last] : kMixed;
    }
  }

  const Label* data() const { return labels_; }

 private:
  Label* labels_;
};

/// The four neighbours' vote at (y, x).
Label vote_at(std::span<const Label> in, const Shape2& from, double y, double x) {
  const auto row = static_cast<std::int64_t>(y);
  const auto column = static_cast<std::int64_t>(x);
  const double v = y - static_cast<double>(row);
  const double h = x - static_cast<double>(column);
  // On the last row or column the weight of what would come next is 0.
  const Label* above = in.data() + row * from.width;
  const Label* below = row + 1 < from.height ? above + from.width : above;
  const std::int64_t next = std::min(column + 1, from.width - 1);
  return vote({above[column], above[next], below[column], below[next]},
              {(1 - v) * (1 - h), (1 - v) * h, v * (1 - h), v * h});
}

/// Calls read(line, row, columns) for each row of the output with its columns inside the input.
template <class Read>
void for_each_row(const Lines& lines, Read read) {
  for (std::int64_t row = 0; row < lines.to.height; ++row) {
    const Line line = lines.of(row);
    read(line, row, columns_inside(line, lines.from, lines.to.width));
  }
}

}  // namespace

PatchWarp::PatchWarp(Shape2 from, Shape2 to, double angle_rad, double scale)
    : from_(from), to_(to), cos_(scale * std::cos(angle_rad)), sin_(scale * std::sin(angle_rad)) {
  assert((from.height + 3) * (from.width + 3) < std::int64_t{1} << 31);
}

void PatchWarp::image(std::span<const float> in, std::span<float> out) const {
  assert(std::ssize(in) == from_.size() && std::ssize(out) == to_.size());
  const Lines lines{from_, to_, cos_, sin_};
  const Region box = lines.box().grown(kSplineReach + 2, from_);
  const Coefficients coefficients(in, from_, box);
  const auto stride = static_cast<std::int32_t>(coefficients.stride());
  const auto corner = static_cast<std::int32_t>(box.y * stride + box.x);
  Places places;
  Weights down;
  Weights right;
  std::array<float, Places::kMost> values;
  for_each_row(lines, [&](const Line& line, std::int64_t row, Interval columns) {
    float* pixels = out.data() + row * to_.width;
    std::fill(pixels, pixels + columns.begin, 0.0F);
    std::fill(pixels + columns.end, pixels + to_.width, 0.0F);
    for (std::int64_t begin = columns.begin; begin < columns.end; begin += Places::kMost) {
      const std::int64_t count = std::min(Places::kMost, columns.end - begin);
      locate(line, begin, corner, stride, places);
      for (std::int64_t i = count; i % 4 != 0; ++i) places.offsets[static_cast<std::size_t>(i)] = 0;
      weigh(places.down, down);
      weigh(places.right, right);
      interpolate(coefficients.data(), stride, places, down, right, count, values.data());
      std::copy_n(values.data(), count, pixels + begin);
    }
  });
}

void PatchWarp::labels(std::span<const Label> in, std::span<Label> out) const {
  assert(std::ssize(in) == from_.size() && std::ssize(out) == to_.size());
  const Lines lines{from_, to_, cos_, sin_};
  const Region box = lines.box();
  const CommonLabels common(in, from_, box);
  const auto stride = static_cast<std::int32_t>(box.shape.width);
  const auto corner = static_cast<std::int32_t>(box.y * stride + box.x);
  Places places;
  for_each_row(lines, [&](const Line& line, std::int64_t row, Interval columns) {
    Label* pixels = out.data() + row * to_.width;
    std::fill(pixels, pixels + columns.begin, Label{0});
    std::fill(pixels + columns.end, pixels + to_.width, Label{0});
    for (std::int64_t begin = columns.begin; begin < columns.end; begin += Places::kMost) {
      const std::int64_t end = std::min(begin + Places::kMost, columns.end);
      locate(line, begin, corner, stride, places);
      for (std::int64_t x = begin; x < end; ++x) {
        const Label label = common.data()[places.offsets[static_cast<std::size_t>(x - begin)]];
        pixels[x] = label != kMixed ? label : vote_at(in, from_, line.y_at(x), line.x_at(x));
      }
    }
  });
}

}  // namespace regionwise::geometry

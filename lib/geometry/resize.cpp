#include "geometry/resize.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "core/simd.hpp"
#include "geometry/label_vote.hpp"
#include "geometry/spline.hpp"

namespace regionwise::geometry {
namespace {

using Taps = SliceResizer::Taps;

/// Copies of the border on either side of a line, so that the four samples about every coordinate
/// follow one another.
constexpr std::int64_t kPadding = 2;

// The difference to a longer extension is 3e-14 (spec §1.4).
constexpr std::int64_t kSplineExtension = 12;

std::array<double, 4> catmull_rom_weights(double t) {
  return {t * (-1 + t * (2 - t)) / 2,
          1 + t * t * (-5 + 3 * t) / 2,
          t * (1 + t * (4 - 3 * t)) / 2,
          t * t * (t - 1) / 2};
}

/// Weights of the samples at floor(x) − 1 … floor(x) + 2.
std::array<double, 4> weights_at(Kernel kernel, double t) {
  switch (kernel) {
    case Kernel::catmull_rom:
      return catmull_rom_weights(t);
    case Kernel::cubic_bspline:
      return spline_weights(t);
    case Kernel::linear:
      return {0, 1 - t, t, 0};
    case Kernel::nearest:
      break;
  }
  return t < 0.5 ? std::array<double, 4>{0, 1, 0, 0} : std::array<double, 4>{0, 0, 1, 0};
}

Taps make_taps(std::int64_t from, std::int64_t to, Kernel kernel) {
  assert(from >= 1 && to >= 1);
  Taps taps{.from = from, .to = to};
  if (from == to) return taps;
  taps.count = 4;
  taps.extension = kernel == Kernel::cubic_bspline ? kSplineExtension : 0;
  const double step = static_cast<double>(from) / static_cast<double>(to);
  for (std::int64_t i = 0; i < to; ++i) {
    const double coordinate = step * (static_cast<double>(i) + 0.5) - 0.5;
    const double below = std::floor(coordinate);
    for (std::int64_t tap = -1; tap <= 2; ++tap) {
      const std::int64_t index = static_cast<std::int64_t>(below) + tap + taps.extension;
      taps.indices.push_back(std::clamp<std::int64_t>(index, 0, from + 2 * taps.extension - 1));
    }
    taps.firsts.push_back(static_cast<std::int64_t>(below) - 1 + kPadding);
    const auto weights = weights_at(kernel, coordinate - below);
    taps.weights.insert(taps.weights.end(), weights.begin(), weights.end());
  }
  return taps;
}

/// The rows of [from, width] with copies of the first and last around them, as coefficients.
std::vector<double> extended_coefficients(const std::vector<double>& in,
                                          const Taps& taps,
                                          std::int64_t width) {
  const std::int64_t length = taps.from + 2 * taps.extension;
  std::vector<double> extended(static_cast<std::size_t>(length * width));
  for (std::int64_t row = 0; row < length; ++row) {
    const std::int64_t source = std::clamp<std::int64_t>(row - taps.extension, 0, taps.from - 1);
    std::copy_n(in.data() + source * width, width, extended.data() + row * width);
  }
  spline_coefficients(extended.data(), length, width, width);
  return extended;
}

/// Resizes [from, width] along its first axis.
std::vector<double> resize_rows(std::vector<double> in, const Taps& taps, std::int64_t width) {
  if (taps.count == 0) return in;
  if (taps.extension > 0) in = extended_coefficients(in, taps, width);
  std::vector<double> out(static_cast<std::size_t>(taps.to * width));
  for (std::int64_t i = 0; i < taps.to; ++i) {
    double* row = out.data() + i * width;
    const double* weight = taps.weights.data() + 4 * i;
    std::array<const double*, 4> source{};
    for (std::size_t tap = 0; tap < 4; ++tap) {
      source[tap] = in.data() + taps.indices[static_cast<std::size_t>(4 * i) + tap] * width;
    }
    for (std::int64_t x = 0; x < width; ++x) {
      row[x] = weight[0] * source[0][x] + weight[1] * source[1][x] + weight[2] * source[2][x] +
               weight[3] * source[3][x];
    }
  }
  return out;
}

std::vector<double> transposed(const std::vector<double>& in, const Shape2& shape) {
  std::vector<double> out(in.size());
  transpose(in.data(), shape, out.data(), shape.height);
  return out;
}

/// Both axes, each as the first one. A spline's coefficients depend on whole lines.
template <class T>
std::vector<double> resized_spline(std::span<const T> in, const Taps& rows, const Taps& columns) {
  assert(std::ssize(in) == rows.from * columns.from);
  std::vector<double> values = resize_rows({in.begin(), in.end()}, rows, columns.from);
  if (columns.count == 0) return values;
  values = transposed(values, {rows.to, columns.from});
  values = resize_rows(std::move(values), columns, rows.to);
  return transposed(values, {columns.to, rows.to});
}

template <class T>
REGIONWISE_INLINE void add_rows(const std::array<const T*, 4>& rows,
                                const double* weights,
                                std::int64_t count,
                                double* out) {
  const auto [a, b, c, d] = rows;
  for (std::int64_t x = 0; x < count; ++x) {
    out[x] = weights[0] * static_cast<double>(a[x]) + weights[1] * static_cast<double>(b[x]) +
             weights[2] * static_cast<double>(c[x]) + weights[3] * static_cast<double>(d[x]);
  }
}

template <class T>
REGIONWISE_INLINE void read_columns(const double* line,
                                    const std::int64_t* first,
                                    const double* weights,
                                    std::int64_t count,
                                    T* out) {
  const auto set_products = [&](std::int64_t i, Double4& products) {
    Double4 weight;
    load(line + first[i], products);
    load(weights + 4 * i, weight);
    products *= weight;
  };
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    Double4 a;
    Double4 b;
    Double4 c;
    Double4 d;
    set_products(i, a);
    set_products(i + 1, b);
    set_products(i + 2, c);
    set_products(i + 3, d);
    transpose4(a, b, c, d);
    const Double4 sum = a + b + c + d;
    for (std::int64_t lane = 0; lane < 4; ++lane) out[i + lane] = static_cast<T>(sum[lane]);
  }
  for (; i < count; ++i) {
    Double4 product;
    set_products(i, product);
    out[i] = static_cast<T>(product[0] + product[1] + product[2] + product[3]);
  }
}

// One of each for each type, as templates have no versions for several processors.
REGIONWISE_MULTIVERSION void combine(const std::array<const float*, 4>& rows,
                                     const double* weights,
                                     std::int64_t count,
                                     double* out) {
  add_rows(rows, weights, count, out);
}
REGIONWISE_MULTIVERSION void combine(const std::array<const double*, 4>& rows,
                                     const double* weights,
                                     std::int64_t count,
                                     double* out) {
  add_rows(rows, weights, count, out);
}
REGIONWISE_MULTIVERSION void read(const double* line,
                                  const std::int64_t* first,
                                  const double* weights,
                                  std::int64_t count,
                                  float* out) {
  read_columns(line, first, weights, count, out);
}
REGIONWISE_MULTIVERSION void read(const double* line,
                                  const std::int64_t* first,
                                  const double* weights,
                                  std::int64_t count,
                                  double* out) {
  read_columns(line, first, weights, count, out);
}

/// Row y of the result, before its columns are resized.
template <class T>
void make_line(const T* in, const Taps& rows, std::int64_t width, std::int64_t y, double* line) {
  if (rows.count == 0) {
    std::copy_n(in + y * width, width, line);
    return;
  }
  const std::int64_t* index = rows.indices.data() + 4 * y;
  combine(
      {in + index[0] * width, in + index[1] * width, in + index[2] * width, in + index[3] * width},
      rows.weights.data() + 4 * y,
      width,
      line);
}

/// Kernels of four samples: row by row.
template <class T>
void resize_directly(const T* in, const Taps& rows, const Taps& columns, T* out) {
  const std::int64_t width = columns.from;
  std::vector<double> line(static_cast<std::size_t>(width + 2 * kPadding));
  double* inner = line.data() + kPadding;
  for (std::int64_t y = 0; y < rows.to; ++y) {
    make_line(in, rows, width, y, inner);
    std::fill_n(line.data(), kPadding, inner[0]);
    std::fill_n(inner + width, kPadding, inner[width - 1]);
    T* row = out + y * columns.to;
    if (columns.count == 0) {
      std::transform(inner, inner + width, row, [](double v) { return static_cast<T>(v); });
    } else {
      read(line.data(), columns.firsts.data(), columns.weights.data(), columns.to, row);
    }
  }
}

REGIONWISE_MULTIVERSION void widen_range(const float* values,
                                         std::int64_t count,
                                         float* low,
                                         float* high) {
  Float16 least = *low - Float16{};
  Float16 largest = *high - Float16{};
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    Float16 value;
    load(values + i, value);
    least = value < least ? value : least;
    largest = value > largest ? value : largest;
  }
  for (int lane = 0; lane < 16; ++lane) {
    *low = std::min(*low, least[lane]);
    *high = std::max(*high, largest[lane]);
  }
  for (; i < count; ++i) {
    *low = std::min(*low, values[i]);
    *high = std::max(*high, values[i]);
  }
}

}  // namespace

template <>
ValueRange<float> value_range(std::span<const float> values) {
  ValueRange<float> range{values.front(), values.front()};
  widen_range(values.data(), std::ssize(values), &range.low, &range.high);
  return range;
}

template <class T>
ValueRange<T> value_range(std::span<const T> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

SliceResizer::SliceResizer(Shape2 from, Shape2 to, Kernel kernel)
    : rows_(make_taps(from.height, to.height, kernel)),
      columns_(make_taps(from.width, to.width, kernel)) {}

template <class T>
void SliceResizer::resize(std::span<const T> in, std::span<T> out) const {
  assert(std::ssize(in) == rows_.from * columns_.from);
  assert(std::ssize(out) == rows_.to * columns_.to);
  if (rows_.extension == 0 && columns_.extension == 0) {
    resize_directly(in.data(), rows_, columns_, out.data());
    return;
  }
  const std::vector<double> values = resized_spline(in, rows_, columns_);
  std::transform(values.begin(), values.end(), out.begin(), [](double value) {
    return static_cast<T>(value);
  });
}

template <class T>
void SliceResizer::resize(std::span<const T> in, std::span<T> out, ValueRange<T> range) const {
  resize(in, out);
  for (T& value : out) value = std::clamp(value, range.low, range.high);
}

void resize_labels(std::span<const Label> in, Shape2 from, std::span<Label> out, Shape2 to) {
  assert(std::ssize(in) == from.size() && std::ssize(out) == to.size());
  const auto axis = [](std::int64_t before, std::int64_t after) {
    Taps taps = make_taps(before, after, Kernel::linear);
    for (std::int64_t i = 0; taps.count == 0 && i < after; ++i) {  // an axis that is kept
      taps.indices.insert(taps.indices.end(), {i, i, i, i});
      taps.weights.insert(taps.weights.end(), {0, 1, 0, 0});
    }
    return taps;
  };
  const Taps rows = axis(from.height, to.height);
  const Taps columns = axis(from.width, to.width);
  Label* pixel = out.data();
  for (std::size_t y = 0; y < static_cast<std::size_t>(4 * to.height); y += 4) {
    const Label* above = in.data() + rows.indices[y + 1] * from.width;
    const Label* below = in.data() + rows.indices[y + 2] * from.width;
    const double* v = rows.weights.data() + y;
    for (std::size_t x = 0; x < static_cast<std::size_t>(4 * to.width); x += 4) {
      const std::int64_t left = columns.indices[x + 1];
      const std::int64_t right = columns.indices[x + 2];
      const double* h = columns.weights.data() + x;
      *pixel++ = vote({above[left], above[right], below[left], below[right]},
                      {v[1] * h[1], v[1] * h[2], v[2] * h[1], v[2] * h[2]});
    }
  }
}

template ValueRange<double> value_range(std::span<const double>);
template void SliceResizer::resize(std::span<const float>, std::span<float>) const;
template void SliceResizer::resize(std::span<const double>, std::span<double>) const;
template void SliceResizer::resize(std::span<const float>,
                                   std::span<float>,
                                   ValueRange<float>) const;
template void SliceResizer::resize(std::span<const double>,
                                   std::span<double>,
                                   ValueRange<double>) const;

}  // namespace regionwise::geometry

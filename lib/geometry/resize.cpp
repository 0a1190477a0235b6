#include "geometry/resize.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "geometry/label_vote.hpp"
#include "geometry/spline.hpp"

namespace regionwise::geometry {
namespace {

using Taps = SliceResizer::Taps;

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

/// Both axes, each as the first one.
template <class T>
std::vector<double> resized(std::span<const T> in, const Taps& rows, const Taps& columns) {
  assert(std::ssize(in) == rows.from * columns.from);
  std::vector<double> values = resize_rows({in.begin(), in.end()}, rows, columns.from);
  if (columns.count == 0) return values;
  values = transposed(values, {rows.to, columns.from});
  values = resize_rows(std::move(values), columns, rows.to);
  return transposed(values, {columns.to, rows.to});
}

}  // namespace

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
  const std::vector<double> values = resized(in, rows_, columns_);
  assert(values.size() == out.size());
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

template ValueRange<float> value_range(std::span<const float>);
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

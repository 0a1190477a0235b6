#include "geometry/spline.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace regionwise::geometry {
namespace {

// The pole of the cubic B-spline's inverse filter; its 40th power is below 1e-22.
const double kPole = std::sqrt(3.0) - 2.0;
constexpr std::int64_t kHorizon = 40;

/// What each sample adds to the first value of the causal filter.
std::vector<double> first_weights(std::int64_t length) {
  std::vector<double> weights(static_cast<std::size_t>(std::min(length, kHorizon + 1)));
  double power = 6;
  for (std::int64_t i = 0; i <= kHorizon; ++i, power *= kPole) {
    weights[static_cast<std::size_t>(mirrored(i, length))] += power;
  }
  return weights;
}

}  // namespace

std::int64_t mirrored(std::int64_t index, std::int64_t length) {
  if (length == 1) return 0;
  const std::int64_t period = 2 * (length - 1);
  index %= period;
  if (index < 0) index += period;
  return std::min(index, period - index);
}

template <class T>
void spline_coefficients(T* rows, std::int64_t length, std::int64_t width, std::int64_t stride) {
  if (length == 1) return;
  const T pole = static_cast<T>(kPole);
  const auto row = [&](std::int64_t index) { return rows + index * stride; };
  // Down: c[i] = 6 f[i] + pole c[i-1], begun with 6 Σ pole^i f[i] over the mirrored samples.
  const std::vector<double> weights = first_weights(length);
  T* first = row(0);
  for (std::int64_t x = 0; x < width; ++x) first[x] *= static_cast<T>(weights[0]);
  for (std::int64_t i = 1; i < std::ssize(weights); ++i) {
    const T* samples = row(i);
    const T weight = static_cast<T>(weights[static_cast<std::size_t>(i)]);
    for (std::int64_t x = 0; x < width; ++x) first[x] += weight * samples[x];
  }
  for (std::int64_t i = 1; i < length; ++i) {
    const T* above = row(i - 1);
    T* here = row(i);
    for (std::int64_t x = 0; x < width; ++x) here[x] = 6 * here[x] + pole * above[x];
  }
  // Up: c[i] = pole (c[i+1] - c[i]).
  T* last = row(length - 1);
  const T* before = row(length - 2);
  const T end = static_cast<T>(kPole / (kPole * kPole - 1));
  for (std::int64_t x = 0; x < width; ++x) last[x] = end * (last[x] + pole * before[x]);
  for (std::int64_t i = length - 2; i >= 0; --i) {
    const T* below = row(i + 1);
    T* here = row(i);
    for (std::int64_t x = 0; x < width; ++x) here[x] = pole * (below[x] - here[x]);
  }
}

template <class T>
void transpose(const T* in, const Shape2& in_shape, T* out, std::int64_t out_stride) {
  constexpr std::int64_t kTile = 16;  // Tiles of both fit the first-level cache.
  for (std::int64_t y0 = 0; y0 < in_shape.height; y0 += kTile) {
    const std::int64_t y1 = std::min(y0 + kTile, in_shape.height);
    for (std::int64_t x0 = 0; x0 < in_shape.width; x0 += kTile) {
      const std::int64_t x1 = std::min(x0 + kTile, in_shape.width);
      for (std::int64_t x = x0; x < x1; ++x) {
        for (std::int64_t y = y0; y < y1; ++y) out[x * out_stride + y] = in[y * in_shape.width + x];
      }
    }
  }
}

template void spline_coefficients(float*, std::int64_t, std::int64_t, std::int64_t);
template void spline_coefficients(double*, std::int64_t, std::int64_t, std::int64_t);
template void transpose(const float*, const Shape2&, float*, std::int64_t);
template void transpose(const double*, const Shape2&, double*, std::int64_t);

}  // namespace regionwise::geometry

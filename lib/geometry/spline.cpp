#include "geometry/spline.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/simd.hpp"

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

/// As many lines as are filtered together, element by element: two chains of sixteen.
constexpr std::int64_t kLines = 32;

/// spline_coefficients() of [length, kLines], length > 1.
REGIONWISE_MULTIVERSION void filter_lines(float* lines,
                                          std::int64_t length,
                                          const float* weights,
                                          std::int64_t weight_count) {
  const auto pole = static_cast<float>(kPole);
  const auto end = static_cast<float>(kPole / (kPole * kPole - 1));
  Float16 a{};
  Float16 b{};
  Float16 sample;
  for (std::int64_t i = 0; i < weight_count; ++i) {
    load(lines + i * kLines, sample);
    a += weights[i] * sample;
    load(lines + i * kLines + 16, sample);
    b += weights[i] * sample;
  }
  store(a, lines);
  store(b, lines + 16);
  for (std::int64_t i = 1; i < length; ++i) {
    float* here = lines + i * kLines;
    load(here, sample);
    a = 6 * sample + pole * a;
    store(a, here);
    load(here + 16, sample);
    b = 6 * sample + pole * b;
    store(b, here + 16);
  }
  float* last = lines + (length - 1) * kLines;
  load(last - kLines, sample);
  a = end * (a + pole * sample);
  store(a, last);
  load(last - kLines + 16, sample);
  b = end * (b + pole * sample);
  store(b, last + 16);
  for (std::int64_t i = length - 2; i >= 0; --i) {
    float* here = lines + i * kLines;
    load(here, sample);
    a = pole * (a - sample);
    store(a, here);
    load(here + 16, sample);
    b = pole * (b - sample);
    store(b, here + 16);
  }
}

/// Filters lines of one length, of which it holds kLines at a time.
class LineFilter {
 public:
  explicit LineFilter(std::int64_t length)
      : length_(length), lines_(static_cast<std::size_t>(length * kLines)) {
    const std::int64_t reach = std::min(length, kSplineReach + 1);
    const std::vector<double> weights = first_weights(length);
    for (std::int64_t i = 0; i < reach; ++i) {
      weights_.push_back(static_cast<float>(weights[static_cast<std::size_t>(i)]));
    }
  }

  float* at(std::int64_t index, std::int64_t line) { return lines_.data() + index * kLines + line; }
  void run() {
    if (length_ > 1) filter_lines(lines_.data(), length_, weights_.data(), std::ssize(weights_));
  }

 private:
  std::int64_t length_;
  std::vector<float> lines_;
  std::vector<float> weights_;
};

/// Down the columns of `in`.
void filter_columns(const float* in,
                    std::int64_t in_stride,
                    const Shape2& shape,
                    float* out,
                    std::int64_t out_stride) {
  LineFilter filter(shape.height);
  for (std::int64_t x = 0; x < shape.width; x += kLines) {
    const std::int64_t count = std::min(kLines, shape.width - x);
    for (std::int64_t y = 0; y < shape.height; ++y) {
      std::copy_n(in + y * in_stride + x, count, filter.at(y, 0));
    }
    filter.run();
    for (std::int64_t y = 0; y < shape.height; ++y) {
      std::copy_n(filter.at(y, 0), count, out + y * out_stride + x);
    }
  }
}

/// out[x, y] = in[y, x], by tiles of 4 × 4.
REGIONWISE_MULTIVERSION void turn(const float* in,
                                  std::int64_t in_stride,
                                  const Shape2& shape,
                                  float* out,
                                  std::int64_t out_stride) {
  const std::int64_t full_height = shape.height / 4 * 4;
  const std::int64_t full_width = shape.width / 4 * 4;
  for (std::int64_t y = 0; y < full_height; y += 4) {
    for (std::int64_t x = 0; x < full_width; x += 4) {
      const float* source = in + y * in_stride + x;
      float* target = out + x * out_stride + y;
      Float4 a;
      Float4 b;
      Float4 c;
      Float4 d;
      load(source, a);
      load(source + in_stride, b);
      load(source + 2 * in_stride, c);
      load(source + 3 * in_stride, d);
      transpose4(a, b, c, d);
      store(a, target);
      store(b, target + out_stride);
      store(c, target + 2 * out_stride);
      store(d, target + 3 * out_stride);
    }
  }
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = y < full_height ? full_width : 0; x < shape.width; ++x) {
      out[x * out_stride + y] = in[y * in_stride + x];
    }
  }
}

/// Along the rows of `plane`, in place.
void filter_rows(float* plane, std::int64_t stride, const Shape2& shape) {
  LineFilter filter(shape.width);
  for (std::int64_t y = 0; y < shape.height; y += kLines) {
    const std::int64_t count = std::min(kLines, shape.height - y);
    float* rows = plane + y * stride;
    turn(rows, stride, {count, shape.width}, filter.at(0, 0), kLines);
    filter.run();
    turn(filter.at(0, 0), kLines, {shape.width, count}, rows, stride);
  }
}

}  // namespace

void spline_coefficients_2d(const float* in,
                            std::int64_t in_stride,
                            const Shape2& shape,
                            float* out,
                            std::int64_t out_stride) {
  filter_columns(in, in_stride, shape, out, out_stride);
  filter_rows(out, out_stride, shape);
}

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

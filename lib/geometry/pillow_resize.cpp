#include "geometry/pillow_resize.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace regionwise::geometry {
namespace {

// Mode "L": 32 bits, less 8 of the result and 2 against overflow where weights exceed 1.
constexpr int kPrecisionBits = 22;

double bicubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0;
}

/// The input indices that one output index reads, and what they count.
template <class Weight>
struct Window {
  std::int64_t first = 0;
  std::vector<Weight> weights;
};

/// As Pillow's precompute_coeffs, whose roundings towards zero decide what a window holds.
Window<double> make_window(std::int64_t index, std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double widening = std::max(scale, 1.0);
  const double support = 2 * widening;
  const double centre = (static_cast<double>(index) + 0.5) * scale;
  Window<double> window;
  // NOLINTBEGIN(bugprone-incorrect-roundings): as Pillow rounds them.
  window.first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
  const std::int64_t end = std::min(from, static_cast<std::int64_t>(centre + support + 0.5));
  // NOLINTEND(bugprone-incorrect-roundings)
  double sum = 0;
  for (std::int64_t x = window.first; x < end; ++x) {
    const double weight = bicubic((static_cast<double>(x) - centre + 0.5) * (1.0 / widening));
    window.weights.push_back(weight);
    sum += weight;
  }
  for (double& weight : window.weights) weight /= sum;
  return window;
}

std::int32_t fixed_point(double weight) {
  return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kPrecisionBits));
}

/// One output pixel from input pixels `stride` apart.
float apply(const Window<double>& window, const float* in, std::int64_t stride) {
  double sum = 0;
  for (const double weight : window.weights) {
    sum += static_cast<double>(*in) * weight;
    in += stride;
  }
  return static_cast<float>(sum);
}

std::uint8_t apply(const Window<std::int32_t>& window,
                   const std::uint8_t* in,
                   std::int64_t stride) {
  std::int32_t sum = 1 << (kPrecisionBits - 1);
  for (const std::int32_t weight : window.weights) {
    sum += *in * weight;
    in += stride;
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

std::vector<Window<double>> windows_for(float, std::int64_t from, std::int64_t to) {
  std::vector<Window<double>> windows;
  for (std::int64_t i = 0; i < to; ++i) windows.push_back(make_window(i, from, to));
  return windows;
}

std::vector<Window<std::int32_t>> windows_for(std::uint8_t, std::int64_t from, std::int64_t to) {
  std::vector<Window<std::int32_t>> windows;
  for (const Window<double>& window : windows_for(0.0F, from, to)) {
    windows.push_back({window.first, {}});
    for (const double weight : window.weights) {
      windows.back().weights.push_back(fixed_point(weight));
    }
  }
  return windows;
}

template <class T>
std::vector<T> resize(std::span<const T> image, Shape2 from, Shape2 to) {
  assert(std::ssize(image) == from.size());
  std::vector<T> pixels(image.begin(), image.end());
  if (from.width != to.width) {
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(from.height * to.width));
    const auto windows = windows_for(T{}, from.width, to.width);
    for (std::int64_t y = 0; y < from.height; ++y) {
      const T* row = pixels.data() + y * from.width;
      for (const auto& window : windows) out.push_back(apply(window, row + window.first, 1));
    }
    pixels = std::move(out);
  }
  if (from.height != to.height) {
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(to.size()));
    for (const auto& window : windows_for(T{}, from.height, to.height)) {
      const T* row = pixels.data() + window.first * to.width;
      for (std::int64_t x = 0; x < to.width; ++x) out.push_back(apply(window, row + x, to.width));
    }
    pixels = std::move(out);
  }
  return pixels;
}

/// Adds up the steps as Pillow does: where a coordinate is whole, its rounding decides.
std::vector<std::int64_t> nearest_indices(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> indices;
  const double step = static_cast<double>(from) / static_cast<double>(to);
  double coordinate = 0.5 * step;
  for (std::int64_t i = 0; i < to; ++i, coordinate += step) {
    indices.push_back(std::min(static_cast<std::int64_t>(coordinate), from - 1));
  }
  return indices;
}

}  // namespace

std::vector<float> pillow_bicubic(std::span<const float> image, Shape2 from, Shape2 to) {
  return resize(image, from, to);
}

std::vector<std::uint8_t> pillow_bicubic(std::span<const std::uint8_t> image,
                                         Shape2 from,
                                         Shape2 to) {
  return resize(image, from, to);
}

std::vector<std::uint8_t> pillow_nearest(std::span<const std::uint8_t> image,
                                         Shape2 from,
                                         Shape2 to) {
  assert(std::ssize(image) == from.size());
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(to.size()));
  const auto columns = nearest_indices(from.width, to.width);
  for (const std::int64_t y : nearest_indices(from.height, to.height)) {
    for (const std::int64_t x : columns) {
      out.push_back(image[static_cast<std::size_t>(y * from.width + x)]);
    }
  }
  return out;
}

}  // namespace regionwise::geometry

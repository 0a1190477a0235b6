#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Turns samples into the coefficients of the interpolating cubic B-spline along the first axis of
/// [length, width], in place; rows are `stride` elements apart. Beyond both ends the samples are
/// mirrored without repeating the last one (Unser 1999; spec §1.4, §4.4). T: float or double.
template <class T>
void spline_coefficients(T* rows, std::int64_t length, std::int64_t width, std::int64_t stride);

/// How far a sample's influence on the coefficients reaches, in samples: beyond, less than 1e-9 of
/// it is left.
constexpr std::int64_t kSplineReach = 16;

/// Along both axes of a slice at once, into `out` beside `in`; rows of either are so many elements
/// apart. Equal to spline_coefficients() along each within float32's rounding.
void spline_coefficients_2d(const float* in,
                            std::int64_t in_stride,
                            const Shape2& shape,
                            float* out,
                            std::int64_t out_stride);

/// What the coefficients at floor(x) − 1 … floor(x) + 2 count at x, of which t in [0, 1) is the
/// fraction.
template <class T>
std::array<T, 4> spline_weights(T t) {
  const T u = 1 - t;
  return {
      u * u * u / 6, (4 - 3 * t * t * (2 - t)) / 6, (4 - 3 * u * u * (2 - u)) / 6, t * t * t / 6};
}

/// The index in [0, length) that `index` stands for where the line is mirrored at its first and
/// last element, which are not repeated.
std::int64_t mirrored(std::int64_t index, std::int64_t length);

/// out[x, y] = in[y, x]; rows of `out` are `out_stride` apart. T: float or double.
template <class T>
void transpose(const T* in, const Shape2& in_shape, T* out, std::int64_t out_stride);

}  // namespace regionwise::geometry

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// How a value between samples is read.
enum class Kernel {
  nearest,
  linear,
  catmull_rom,    ///< Keys 1981, a = -0.5, 4 × 4 samples: scikit-image 0.18's order 3 in 2-D.
  cubic_bspline,  ///< Interpolating: scikit-image's order 3 from 0.19 on, and always in 3-D.
};

/// Limits that a result is clipped to.
template <class T>
struct ValueRange {
  T low;
  T high;
};

/// Least and largest of `values`, of which there is at least one.
template <class T>
ValueRange<T> value_range(std::span<const T> values);

/// Resizes slices of one shape to another (spec §1.4): output index i reads coordinate
/// from / to (i + 0.5) − 0.5 of each axis, the border is replicated, nothing is smoothed before
/// shrinking. An axis that keeps its length is not touched. May be used by several threads at once.
class SliceResizer {
 public:
  SliceResizer(Shape2 from, Shape2 to, Kernel kernel);

  /// Each C order, of the sizes given above; T: float or double, calculated in double, not clipped.
  template <class T>
  void resize(std::span<const T> in, std::span<T> out) const;

  /// The same, clipped to `range`: of the slice, or of the volume that it belongs to.
  template <class T>
  void resize(std::span<const T> in, std::span<T> out, ValueRange<T> range) const;

  /// What one axis needs: to each output index the input indices and their weights.
  struct Taps {
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t count = 0;      ///< Per output index.
    std::int64_t extension = 0;  ///< Copies of the border on either side before a spline's filter.
    std::vector<std::int64_t> indices = {};
    std::vector<double> weights = {};
    std::vector<std::int64_t> firsts = {};  ///< Of each output index, the first in a padded line.
  };

 private:
  Taps rows_;
  Taps columns_;
};

/// Resizes a label map (spec §1.4): each label's 0/1 mask linearly, and a pixel takes the largest
/// label that reaches 0.5 there, or 0 where none does. -1 is a label as any other. No label appears
/// that the input does not hold, 0 excepted.
void resize_labels(std::span<const Label> in, Shape2 from, std::span<Label> out, Shape2 to);

}  // namespace regionwise::geometry

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Reads a rotated and scaled patch out of a larger one (spec §4.4, step 1). Output pixel (i, j),
/// counted from the patch's centre, lies at scale · (i cos a + j sin a, −i sin a + j cos a) from
/// the pixel rint(size / 2) of the input: half a pixel beside its centre, as in the reference, so
/// that angle 0 and scale 1 only shift. A scale above 1 shows more of the scene. May be used by
/// several threads at once.
class PatchWarp {
 public:
  PatchWarp(Shape2 from, Shape2 to, double angle_rad, double scale);

  /// One channel: interpolating cubic B-spline, mirrored at the border; 0 outside the input.
  void image(std::span<const float> in, std::span<float> out) const;

  /// Each label's 0/1 mask linearly: the largest label that reaches 0.5, or 0; 0 outside the input.
  void labels(std::span<const Label> in, std::span<Label> out) const;

 private:
  Shape2 from_;
  Shape2 to_;
  double cos_;
  double sin_;
};

}  // namespace regionwise::geometry

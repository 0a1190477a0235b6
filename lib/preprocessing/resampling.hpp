#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/interrupt.hpp"
#include "core/volume.hpp"
#include "geometry/resize.hpp"

namespace regionwise::preprocessing {

/// The axis along which a volume is too coarse to be interpolated: that of the largest spacing of
/// `first` if it is more than 3 times the smallest, else likewise of `second`; none where neither
/// is, or where two axes share the largest (spec §1.4).
std::optional<std::size_t> separate_axis(const Spacing3& first, const Spacing3& second);

/// round(spacing / target · shape), ties to even (spec §1.4).
Shape3 resampled_shape(const Shape3& shape, const Spacing3& spacing, const Spacing3& target);

/// Resamples [D, H, W] to `target`. Planes perpendicular to `separate` are resized one by one with
/// `kernel` and clipped to their own range, and taken by nearest neighbour along that axis; without
/// it the slices are resized with the interpolating cubic B-spline and clipped to the range of the
/// volume (spec §1.4, order 3; axis 0 then keeps its length). `between` is called between planes.
std::vector<float> resample_image(std::span<const float> image,
                                  const Shape3& shape,
                                  const Shape3& target,
                                  std::optional<std::size_t> separate,
                                  geometry::Kernel kernel,
                                  const BetweenSteps& between = go_on);

/// Likewise labels, without inventing any (spec §1.4, order 1): each voxel takes the largest label
/// whose mask, linearly interpolated, reaches 1/2 there, else 0.
Volume<Label> resample_labels(const Volume<Label>& labels,
                              const Shape3& target,
                              std::optional<std::size_t> separate,
                              const BetweenSteps& between = go_on);

/// `volume` with its axes in another order: axis i of the result is axis order[i].
template <class T>
std::vector<T> transposed(std::span<const T> volume,
                          const Shape3& shape,
                          const std::array<std::size_t, 3>& order);

/// Sizes likewise.
Shape3 transposed(const Shape3& shape, const std::array<std::size_t, 3>& order);

}  // namespace regionwise::preprocessing

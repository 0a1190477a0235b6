#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// A block of a volume: its first voxel and its sizes, both (z, y, x).
struct Box {
  std::array<std::int64_t, 3> start{0, 0, 0};
  Shape3 shape{0, 0, 0};

  bool empty() const { return shape.size() == 0; }
  bool operator==(const Box&) const = default;
};

/// The smallest box that holds every non-zero voxel of `mask`; empty if there is none.
Box bounding_box(VolumeView<std::uint8_t> mask);

/// The smallest box that holds both; an empty one adds nothing.
Box enclosing_box(const Box& a, const Box& b);

/// `box` with `margin` voxels more on every side, as far as the volume reaches.
Box grown(const Box& box, std::int64_t margin, const Shape3& volume);

/// The voxels of `volume` inside `box`, C order.
std::vector<std::uint8_t> crop(VolumeView<std::uint8_t> volume, const Box& box);

}  // namespace regionwise::geometry

#pragma once

#include <cstdint>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::testing {

/// Surface voxels by the definition, voxel by voxel: those of the mask with a face neighbour (6 in
/// a volume, 4 in an image) that is background or outside.
inline std::vector<std::uint8_t> simple_surface(VolumeView<std::uint8_t> mask) {
  const auto [depth, height, width] = mask.shape;
  const std::int64_t slice = height * width;
  std::vector<std::uint8_t> surface(mask.values.size());
  std::size_t voxel = 0;
  for (std::int64_t z = 0; z < depth; ++z) {
    const bool z_border = depth > 1 && (z == 0 || z == depth - 1);
    for (std::int64_t y = 0; y < height; ++y) {
      const bool y_border = y == 0 || y == height - 1;
      for (std::int64_t x = 0; x < width; ++x, ++voxel) {
        const std::uint8_t* at = mask.values.data() + voxel;
        if (*at == 0) continue;
        const bool border = z_border || y_border || x == 0 || x == width - 1;
        surface[voxel] = border || at[-1] == 0 || at[1] == 0 || at[-width] == 0 || at[width] == 0 ||
                         (depth > 1 && (at[-slice] == 0 || at[slice] == 0));
      }
    }
  }
  return surface;
}

}  // namespace regionwise::testing

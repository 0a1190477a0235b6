#include "geometry/surface.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

/// As bytes, through a packed mask.
std::vector<std::uint8_t> surface_voxels(VolumeView<std::uint8_t> mask) {
  const BitMask surface =
      surface_voxels(cut(pack_rows(mask, {}), {{0, 0, 0}, mask.shape}), mask.shape.depth > 1);
  std::vector<std::uint8_t> bytes(mask.values.size());
  for (const auto& [z, y] : surface.rows) {
    for (std::int64_t x = 0; x < mask.shape.width; ++x) {
      const std::int64_t voxel = (z * mask.shape.height + y) * mask.shape.width + x;
      bytes[static_cast<std::size_t>(voxel)] = (surface.row(z, y)[x / 64] >> (x % 64)) & 1;
    }
  }
  return bytes;
}

std::int64_t ones_in(const std::vector<std::uint8_t>& surface) {
  return std::count(surface.begin(), surface.end(), 1);
}

RC_GTEST_PROP(Surface, IsTheMaskWithoutItsErosion, ()) {
  const Volume<std::uint8_t> mask = testing::any_mask(*testing::any_shape(4, 7));
  const auto background = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
    const bool in_volume = z >= 0 && y >= 0 && x >= 0 && z < mask.shape.depth &&
                           y < mask.shape.height && x < mask.shape.width;
    return !in_volume || mask.at(z, y, x) == 0;
  };
  const bool volume = mask.shape.depth > 1;
  const auto surface = surface_voxels(mask.view());
  std::size_t voxel = 0;
  for (std::int64_t z = 0; z < mask.shape.depth; ++z) {
    for (std::int64_t y = 0; y < mask.shape.height; ++y) {
      for (std::int64_t x = 0; x < mask.shape.width; ++x, ++voxel) {
        const bool eroded = background(z, y - 1, x) || background(z, y + 1, x) ||
                            background(z, y, x - 1) || background(z, y, x + 1) ||
                            (volume && (background(z - 1, y, x) || background(z + 1, y, x)));
        RC_ASSERT((surface[voxel] != 0) == (mask.values[voxel] != 0 && eroded));
      }
    }
  }
}

TEST(Surface, OfAFullVolumeIsItsBorder) {
  const Volume<std::uint8_t> mask({4, 5, 6}, 1);
  EXPECT_EQ(ones_in(surface_voxels(mask.view())), 4 * 5 * 6 - 2 * 3 * 4);
}

TEST(Surface, OfAnImageIsItsOutline) {
  const Volume<std::uint8_t> mask({1, 5, 6}, 1);
  EXPECT_EQ(ones_in(surface_voxels(mask.view())), 5 * 6 - 3 * 4);
}

TEST(Surface, IgnoresDiagonalNeighbours) {
  Volume<std::uint8_t> mask({1, 5, 5}, 1);
  mask.at(0, 0, 0) = 0;
  EXPECT_EQ(surface_voxels(mask.view())[6], 0);
}

TEST(Surface, OfNothingIsEmpty) {
  const Volume<std::uint8_t> mask({2, 3, 3});
  EXPECT_EQ(ones_in(surface_voxels(mask.view())), 0);
}

}  // namespace
}  // namespace regionwise::geometry

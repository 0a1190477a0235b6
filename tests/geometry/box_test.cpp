#include "geometry/box.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

std::int64_t voxels_in(const std::vector<std::uint8_t>& values) {
  return std::ssize(values) - std::count(values.begin(), values.end(), 0);
}

Volume<std::uint8_t> three_voxels() {
  Volume<std::uint8_t> mask({4, 5, 6});
  mask.at(1, 2, 5) = 1;
  mask.at(2, 4, 3) = 2;
  mask.at(2, 3, 3) = 3;
  return mask;
}

TEST(Box, BoundsTheMaskTightly) {
  EXPECT_EQ(bounding_box(three_voxels().view()), (Box{{1, 2, 3}, {2, 3, 3}}));
}

TEST(Box, OfAnEmptyMaskIsEmpty) {
  EXPECT_TRUE(bounding_box(Volume<std::uint8_t>({2, 2, 2}).view()).empty());
}

TEST(Box, GrowsAsFarAsTheVolumeReaches) {
  EXPECT_EQ(grown({{1, 2, 3}, {2, 3, 3}}, 2, {4, 5, 6}), (Box{{0, 0, 1}, {4, 5, 5}}));
  EXPECT_TRUE(grown({}, 2, {4, 5, 6}).empty());
}

TEST(Box, EnclosesBoth) {
  const Box a{{0, 4, 2}, {2, 1, 1}};
  const Box b{{1, 0, 3}, {1, 2, 3}};
  EXPECT_EQ(enclosing_box(a, b), (Box{{0, 0, 2}, {2, 5, 4}}));
  EXPECT_EQ(enclosing_box(a, {}), a);
  EXPECT_EQ(enclosing_box({}, b), b);
}

TEST(Box, CropsInOrder) {
  const std::vector<std::uint8_t> expected = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 2, 0, 0};
  EXPECT_EQ(crop(three_voxels().view(), {{1, 2, 3}, {2, 3, 3}}), expected);
}

RC_GTEST_PROP(Box, HoldsEveryVoxelOfTheMask, ()) {
  const Volume<std::uint8_t> mask = testing::any_mask(*testing::any_shape(4, 7));
  const Box box = bounding_box(mask.view());
  RC_ASSERT(voxels_in(crop(mask.view(), box)) == voxels_in(mask.values));
}

}  // namespace
}  // namespace regionwise::geometry

#include "geometry/distance_transform.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

/// Calls body(voxel, z, y, x) for every voxel.
template <class Body>
void for_each_voxel(const Shape3& shape, Body body) {
  std::size_t voxel = 0;
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x) body(voxel++, z, y, x);
    }
  }
}

/// The definition itself: the least of all distances.
template <class T>
std::vector<T> brute_force(const Volume<std::uint8_t>& mask, std::array<T, 3> step2, T no_site) {
  std::vector<T> squared(mask.values.size(), no_site);
  for_each_voxel(mask.shape, [&](std::size_t from, auto z, auto y, auto x) {
    for_each_voxel(mask.shape, [&](std::size_t to, auto site_z, auto site_y, auto site_x) {
      if (mask.values[to] == 0) return;
      const T dz = static_cast<T>(z - site_z);
      const T dy = static_cast<T>(y - site_y);
      const T dx = static_cast<T>(x - site_x);
      squared[from] =
          std::min(squared[from], step2[0] * dz * dz + step2[1] * dy * dy + step2[2] * dx * dx);
    });
  });
  return squared;
}

void expect_exact(const Volume<std::uint8_t>& mask) {
  RC_ASSERT(squared_distances(mask.view()) == brute_force<std::int64_t>(mask, {1, 1, 1}, kNoSite));
}

RC_GTEST_PROP(DistanceTransform, EqualsBruteForceInImages, ()) {
  expect_exact(testing::any_mask(*testing::any_shape(1, 24)));
}

RC_GTEST_PROP(DistanceTransform, EqualsBruteForceInVolumes, ()) {
  expect_exact(testing::any_mask(*testing::any_shape(8, 10)));
}

RC_GTEST_PROP(DistanceTransform, EqualsBruteForceAlongSingleLines, ()) {
  const std::int64_t length = *testing::uniform<std::int64_t>(1, 60);
  const Shape3 along_z{length, 1, 1};
  const Shape3 along_y{1, length, 1};
  const Shape3 along_x{1, 1, length};
  expect_exact(testing::any_mask(*rc::gen::element(along_z, along_y, along_x)));
}

RC_GTEST_PROP(DistanceTransform, EqualsBruteForceInMillimetres, ()) {
  const Volume<std::uint8_t> mask = testing::any_mask(*testing::any_shape(5, 9));
  const auto [z, y, x] = testing::any_spacing();
  const auto found = squared_distances_mm(mask.view(), {z, y, x});
  const auto expected =
      brute_force<double>(mask, {z * z, y * y, x * x}, std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < found.size(); ++i) {
    RC_ASSERT(found[i] == expected[i] || std::abs(found[i] - expected[i]) <= 1e-12 * expected[i]);
  }
}

TEST(DistanceTransform, SaysSoWhereTheMaskIsEmpty) {
  const Volume<std::uint8_t> mask({2, 3, 4});
  EXPECT_EQ(squared_distances(mask.view()), std::vector<std::int64_t>(24, kNoSite));
  EXPECT_EQ(squared_distances_mm(mask.view(), {1, 1, 1}),
            std::vector<double>(24, std::numeric_limits<double>::infinity()));
}

TEST(DistanceTransform, IsZeroOnAFullMask) {
  const Volume<std::uint8_t> mask({2, 3, 4}, 1);
  EXPECT_EQ(squared_distances(mask.view()), std::vector<std::int64_t>(24, 0));
}

TEST(DistanceTransform, ReachesAcrossLinesWithoutASite) {
  Volume<std::uint8_t> mask({40, 50, 60});
  mask.at(0, 0, 0) = 1;
  EXPECT_EQ(squared_distances(mask.view()).back(), 39 * 39 + 49 * 49 + 59 * 59);
}

TEST(DistanceTransform, TakesAnyNonZeroValueForTheMask) {
  Volume<std::uint8_t> mask({1, 1, 3});
  mask.at(0, 0, 2) = 255;
  EXPECT_EQ(squared_distances(mask.view()), (std::vector<std::int64_t>{4, 1, 0}));
}

TEST(DistanceTransform, MeasuresEachAxisWithItsOwnSpacing) {
  Volume<std::uint8_t> mask({2, 2, 2});
  mask.at(0, 0, 0) = 1;
  const auto squared = squared_distances_mm(mask.view(), {10, 2, 0.5});
  EXPECT_EQ(squared, (std::vector<double>{0, 0.25, 4, 4.25, 100, 100.25, 104, 104.25}));
}

}  // namespace
}  // namespace regionwise::geometry

#include "geometry/surface_distances.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "geometry/surface.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

using Mask = Volume<std::uint8_t>;

/// The whole volume, with the margin that measuring needs.
BitMask packed(const Mask& mask) {
  const BitMask bits = cut(pack_rows(mask.view(), {}), {{}, mask.shape});
  BitMask copy(mask.shape, NearestSite::kMargin);
  copy.rows = bits.rows;
  for (const auto& [z, y] : bits.rows)
    std::copy(bits.row(z, y), bits.row(z, y) + bits.row_words(), copy.row(z, y));
  return copy;
}

struct Point {
  double z, y, x;
};

std::vector<Point> voxels(const Mask& mask) {
  std::vector<Point> found;
  for (std::int64_t z = 0; z < mask.shape.depth; ++z) {
    for (std::int64_t y = 0; y < mask.shape.height; ++y) {
      for (std::int64_t x = 0; x < mask.shape.width; ++x) {
        if (mask.at(z, y, x) != 0)
          found.push_back({static_cast<double>(z), static_cast<double>(y), static_cast<double>(x)});
      }
    }
  }
  return found;
}

/// The definition itself: the least of all distances.
std::vector<double> simple_distances(const Mask& from, const Mask& to, const Spacing3& spacing) {
  const auto [z, y, x] = spacing;
  const std::vector<Point> sites = voxels(to);
  std::vector<double> distances;
  for (const Point& p : voxels(from)) {
    double least = std::numeric_limits<double>::infinity();
    for (const Point& q : sites) {
      least = std::min(least,
                       z * z * (p.z - q.z) * (p.z - q.z) + y * y * (p.y - q.y) * (p.y - q.y) +
                           x * x * (p.x - q.x) * (p.x - q.x));
    }
    distances.push_back(std::sqrt(least));
  }
  return distances;
}

/// The transform, taken where most voxels are far, rounds in another order.
bool same(double a, double b) {
  return std::abs(a - b) <= 1e-13 * b;
}

/// Equal to the definition, and to the last bit on one thread and on two.
void expect_equal(const Mask& from, const Mask& to, const Spacing3& spacing) {
  const BitMask queries = packed(from);
  const BitMask sites = packed(to);
  const NearestSite nearest(sites, spacing);
  const std::vector<double> expected = simple_distances(from, to, spacing);
  const std::vector<double> found = distances_mm(queries, nearest);
  RC_ASSERT(std::ranges::equal(found, expected, same));
  RC_ASSERT(distances_mm(queries, nearest, 2) == found);
  const double most = std::ranges::max(expected);
  const double farthest = farthest_mm(queries, nearest, 0);
  RC_ASSERT(same(farthest, most));
  RC_ASSERT(farthest_mm(queries, nearest, 0, 2) == farthest);
  RC_ASSERT(farthest_mm(queries, nearest, most + 1) == most + 1);
}

/// A mask that has a voxel at least.
Mask some_mask(const Shape3& shape) {
  Mask mask = testing::any_mask(shape);
  if (std::ranges::max(mask.values) == 0)
    mask.values[*testing::uniform<std::size_t>(0, mask.values.size())] = 1;
  return mask;
}

/// So few voxels that they lie far from each other.
Mask sparse_mask(const Shape3& shape) {
  Mask mask(shape);
  for (int i = *testing::uniform(1, 6); i > 0; --i)
    mask.values[*testing::uniform<std::size_t>(0, mask.values.size())] = 1;
  return mask;
}

RC_GTEST_PROP(SurfaceDistances, EqualBruteForceInImages, ()) {
  const Shape3 shape = *testing::any_shape(1, 24);
  expect_equal(some_mask(shape), some_mask(shape), testing::any_spacing());
}

RC_GTEST_PROP(SurfaceDistances, EqualBruteForceInVolumes, ()) {
  const Shape3 shape = *testing::any_shape(6, 9);
  expect_equal(some_mask(shape), some_mask(shape), testing::any_spacing());
}

RC_GTEST_PROP(SurfaceDistances, EqualBruteForceWhereSitesAreFar, ()) {
  const Shape3 shape = *testing::any_shape(40, 200);
  expect_equal(sparse_mask(shape), sparse_mask(shape), testing::any_spacing());
}

/// A few voxels in images and volumes of all sizes, searched for: equal to the last bit.
TEST(SurfaceDistances, EqualBruteForceOnThousandsOfSmallMasks) {
  std::mt19937 random(1);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(n));
  };
  const double steps[] = {0.35, 1, 1.25, 2.5, 10};
  for (int round = 0; round < 3000; ++round) {
    const Shape3 shape{1 + below(round % 2 == 0 ? 1 : 5), 1 + below(30), 1 + below(90)};
    const auto mask = [&] {
      Mask made(shape);
      const std::int64_t ones = 1 + below(12);
      for (std::int64_t i = 0; i < ones; ++i)
        made.values[static_cast<std::size_t>(below(shape.size()))] = 1;
      return made;
    };
    const Mask from = mask();
    const Mask to = mask();
    const Spacing3 spacing{steps[below(5)], steps[below(5)], steps[below(5)]};
    const BitMask queries = packed(from);
    const BitMask sites = packed(to);
    const NearestSite nearest(sites, spacing);
    const std::vector<double> expected = simple_distances(from, to, spacing);
    ASSERT_EQ(distances_mm(queries, nearest), expected) << "round " << round;
    ASSERT_EQ(farthest_mm(queries, nearest, 0), std::ranges::max(expected)) << "round " << round;
  }
}

/// Filled from column `first` to before `end` of each row.
Mask slab(const Shape3& shape, std::int64_t first, std::int64_t end) {
  Mask mask(shape);
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y)
      std::fill(&mask.at(z, y, first), &mask.at(z, y, first) + (end - first), std::uint8_t{1});
  }
  return mask;
}

/// So many voxels far from all sites that the block is transformed.
TEST(SurfaceDistances, EqualBruteForceWhereMostVoxelsAreFar) {
  const Shape3 shape{6, 20, 130};
  Mask to(shape);
  for (std::int64_t y = 0; y < shape.height; y += 3) to.at(y % shape.depth, y, 129) = 1;
  const Mask from = slab(shape, 0, 90);
  const Spacing3 spacing{0.7, 0.9, 1.1};
  const BitMask queries = packed(from);
  const BitMask sites = packed(to);
  const NearestSite nearest(sites, spacing);
  const std::vector<double> expected = simple_distances(from, to, spacing);
  for (const int threads : {1, 2}) {
    EXPECT_TRUE(std::ranges::equal(distances_mm(queries, nearest, threads), expected, same));
    EXPECT_TRUE(same(farthest_mm(queries, nearest, 0, threads), std::ranges::max(expected)));
  }
}

}  // namespace
}  // namespace regionwise::geometry

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "maps/map.hpp"
#include "support/map_of.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using testing::map_of;

TEST(HausdorffMap, SquaresDistancesByDefault) {
  EXPECT_EQ(map_of({{"name", "hausdorff"}}, testing::row({0, 0, 0, 1}), 2),
            (std::vector<double>{-9, -4, -1, 1, 9, 4, 1, -1}));
}

TEST(HausdorffMap, IsZeroForAbsentAndForFullClasses) {
  EXPECT_EQ(map_of({{"name", "hausdorff"}}, testing::row({1, 1}), 3), std::vector<double>(6, 0));
}

RC_GTEST_PROP(HausdorffMap, IsTheBoundaryMapToThePowerOfAlpha, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(3, 9), 3);
  const double alpha = *rc::gen::element(0.5, 1.0, 2.0, 2.5);
  const auto boundary = map_of({{"name", "boundary"}}, labels, 3);
  const auto map = map_of({{"name", "hausdorff"}, {"alpha", alpha}}, labels, 3);
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double expected = std::pow(std::abs(boundary[i]), alpha) * (boundary[i] < 0 ? -1 : 1);
    RC_ASSERT(std::abs(map[i] - expected) <= 1e-12 * std::abs(expected));
  }
}

TEST(HausdorffMap, FollowsTheBoundaryMapInTheReferencesRules) {
  const Volume<Label> labels = testing::row({0, 2, 2});
  EXPECT_EQ(map_of({{"name", "hausdorff"}, {"reference-quirks", true}}, labels, 3),
            (std::vector<double>{-1, 1, 4, 0, 1, 4, 1, -1, -4}));
}

}  // namespace
}  // namespace regionwise::maps

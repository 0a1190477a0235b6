#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "maps/map.hpp"
#include "support/map_of.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using testing::map_of;
using testing::row;

using Values = std::vector<double>;

Json rectified() {
  return {{"name", "rectified"}};
}

TEST(RectifiedMap, IsNormalisedInsideAndOneOutside) {
  EXPECT_EQ(map_of(rectified(), row({0, 1, 1, 1, 1, 2}), 3),
            (Values{-1, 1, 1, 1, 1, 1, 1, -0.5, -1, -1, -0.5, 1, 1, 1, 1, 1, 1, -1}));
}

TEST(RectifiedMap, IsOneForAbsentClassesAndMinusOneForFullOnes) {
  EXPECT_EQ(map_of(rectified(), row({1, 1}), 3), (Values{1, 1, -1, -1, 1, 1}));
}

TEST(RectifiedMap, RampsWhereAClassIsFullInTheReference) {
  const Volume<Label> image({1, 2, 2});
  const Values map = map_of({{"name", "rectified"}, {"reference-quirks", true}}, image, 2);
  const double deepest = std::sqrt(5);
  EXPECT_EQ(map, (Values{-1 / deepest, -std::sqrt(2) / deepest, -2 / deepest, -1, 1, 1, 1, 1}));
}

TEST(RectifiedMap, NormalisesEachImageOnItsOwn) {
  const Volume<Label> slices =
      testing::label_volume({2, 1, 6}, {1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0});
  const Values map = map_of(rectified(), slices, 2);
  EXPECT_DOUBLE_EQ(map[1], -1.0 / 5);
  EXPECT_DOUBLE_EQ(map[9], -1.0 / 3);
}

RC_GTEST_PROP(RectifiedMap, LiesInItsRangeAndReachesMinusOne, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(4, 9), 3);
  const auto size = std::ssize(labels.values);
  const Values map = map_of({{"name", "rectified"}, {"dimensions", 3}, {"unit", "mm"}},
                            labels,
                            3,
                            testing::any_spacing());
  for (Label k = 0; k < 3; ++k) {
    const auto begin = map.begin() + k * size;
    for (std::int64_t i = 0; i < size; ++i) {
      const bool inside = labels.values[i] == k;
      RC_ASSERT((inside ? begin[i] >= -1 && begin[i] < 0 : begin[i] == 1));
    }
    const bool present = std::count(labels.values.begin(), labels.values.end(), k) > 0;
    RC_ASSERT(*std::min_element(begin, begin + size) == (present ? -1 : 1));
  }
}

RC_GTEST_PROP(RectifiedMap, IsTheBoundaryMapNormalisedInside, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(3, 9), 3);
  const auto size = std::ssize(labels.values);
  const Values boundary = map_of({{"name", "boundary"}, {"dimensions", 3}}, labels, 3);
  const Values map = map_of({{"name", "rectified"}, {"dimensions", 3}}, labels, 3);
  for (std::int64_t k = 0; k < 3; ++k) {
    const double deepest =
        -*std::min_element(boundary.begin() + k * size, boundary.begin() + (k + 1) * size);
    for (std::int64_t i = k * size; i < (k + 1) * size; ++i) {
      if (boundary[i] < 0) RC_ASSERT(map[i] == boundary[i] / deepest);
    }
  }
}

}  // namespace
}  // namespace regionwise::maps

#include <gtest/gtest.h>

#include "maps/map.hpp"
#include "support/map_of.hpp"

namespace regionwise::maps {
namespace {

TEST(CaoMap, IsAlphaOutsideAndMinusBetaInside) {
  const Json description = {{"name", "cao"}, {"alpha", 2}, {"beta", 0.5}};
  EXPECT_EQ(testing::map_of(description, testing::row({0, 1, 1}), 3),
            (std::vector<double>{-0.5, 2, 2, 2, -0.5, -0.5, 2, 2, 2}));
}

TEST(CaoMap, WithAlphaOneAndBetaZeroIsTheActiveContourMap) {
  const Volume<Label> labels = testing::row({2, 0, 1, 1});
  EXPECT_EQ(testing::map_of({{"name", "cao"}, {"beta", 0}}, labels, 3),
            testing::map_of({{"name", "active-contour"}}, labels, 3));
}

}  // namespace
}  // namespace regionwise::maps

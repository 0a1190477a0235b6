#include <gtest/gtest.h>

#include "maps/map.hpp"
#include "support/map_of.hpp"

namespace regionwise::maps {
namespace {

TEST(ActiveContourMap, IsOneMinusTheLabels) {
  EXPECT_EQ(testing::map_of({{"name", "active-contour"}}, testing::row({0, 2, 2}), 3),
            (std::vector<double>{0, 1, 1, 1, 1, 1, 1, 0, 0}));
}

}  // namespace
}  // namespace regionwise::maps

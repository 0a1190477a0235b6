#include "geometry/label_vote.hpp"

#include <gtest/gtest.h>

namespace regionwise::geometry {
namespace {

TEST(LabelVote, TakesTheLabelThatReachesOneHalf) {
  EXPECT_EQ(vote({3, 1, 1, 2}, {0.3, 0.3, 0.3, 0.1}), 1);
  EXPECT_EQ(vote({-1, -1, 2, 2}, {0.4, 0.3, 0.2, 0.1}), -1);
}

TEST(LabelVote, IsZeroWhereNoLabelReachesOneHalf) {
  EXPECT_EQ(vote({1, 2, 3, 1}, {0.2, 0.3, 0.3, 0.2}), 0);
  EXPECT_EQ(vote({-1, -2, 3, 4}, {0.25, 0.25, 0.25, 0.25}), 0);
}

TEST(LabelVote, GivesTiesToTheLargerLabel) {
  EXPECT_EQ(vote({2, 1, 2, 1}, {0.25, 0.25, 0.25, 0.25}), 2);
  EXPECT_EQ(vote({-1, 0, -1, 0}, {0.25, 0.25, 0.25, 0.25}), 0);
  EXPECT_EQ(vote({-1, -2, -1, -2}, {0.25, 0.25, 0.25, 0.25}), -1);
}

}  // namespace
}  // namespace regionwise::geometry

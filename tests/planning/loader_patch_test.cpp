#include "planning/loader_patch.hpp"

#include <gtest/gtest.h>

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

TEST(LoaderPatch, HoldsTheRotatedAndShrunkPatch) {
  EXPECT_EQ(loader_patch_size({256, 224}), (Pair{301, 301}));
  EXPECT_EQ(loader_patch_size({56, 40}), (Pair{65, 65}));
  EXPECT_EQ(rotation_limit_degrees({320, 160}), 15);
  const Pair narrow = loader_patch_size({320, 160});
  EXPECT_GE(narrow[0], 320);
  EXPECT_GE(narrow[1], 160);
}

TEST(LoaderPatch, FollowsALargerLimitOfTheUsers) {
  EXPECT_EQ(loader_patch_size({128, 32}, 90), (Pair{150, 150}));
  EXPECT_EQ(loader_patch_size({256, 224}, 30), loader_patch_size({256, 224}));
}

}  // namespace
}  // namespace regionwise::planning

#include "network/deep_supervision.hpp"

#include <gtest/gtest.h>

namespace regionwise::network {
namespace {

TEST(DeepSupervision, WeightsHalveAndTheLowestIsZero) {
  EXPECT_EQ(deep_supervision_weights(1), (std::vector<double>{1.0}));
  const auto four = deep_supervision_weights(4);
  EXPECT_DOUBLE_EQ(four[0], 4.0 / 7.0);
  EXPECT_DOUBLE_EQ(four[1], 2.0 / 7.0);
  EXPECT_DOUBLE_EQ(four[2], 1.0 / 7.0);
  EXPECT_EQ(four[3], 0.0);
}

TEST(DeepSupervision, HeadsShrinkByTheCumulativeStride) {
  const auto factors = head_strides({{2, 2}, {2, 1}, {3, 2}});
  EXPECT_EQ(factors, (std::vector<std::array<std::int64_t, 2>>{{1, 1}, {2, 2}, {4, 2}}));
}

TEST(DeepSupervision, ShrinkReadsTheMiddleOfEachBlock) {
  const torch::Tensor rows = torch::arange(8).reshape({1, 8, 1}).expand({1, 8, 6});
  const torch::Tensor shrunk = shrink(rows, {4, 2});
  ASSERT_EQ(shrunk.sizes(), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(shrunk[0][0][0].item<std::int64_t>(), 2);  // 4·0 + 4/2
  EXPECT_EQ(shrunk[0][1][0].item<std::int64_t>(), 6);
  EXPECT_TRUE(torch::equal(shrink(rows, {1, 1}), rows));
}

}  // namespace
}  // namespace regionwise::network

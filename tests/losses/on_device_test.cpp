// Which losses leave the device of their input for a map.
#include <gtest/gtest.h>

#include "losses/loss.hpp"

namespace regionwise::losses {
namespace {

bool stays(const Json& description) {
  return make_loss(description, "loss")->stays_on_device();
}

Json with_map(const std::string& loss, const Json& map) {
  return {{"name", loss}, {"map", map}};
}

const Json kTensorMap = {{"name", "boundary"}};
const Json kOnlyOnTheProcessor = {{"name", "boundary"}, {"unit", "mm"}};

TEST(LossOnDevice, StaysThereUnlessItsMapDoesNot) {
  EXPECT_TRUE(stays({{"name", "dice"}}));
  for (const char* loss : {"region-wise", "pixel-wise-cross-entropy"}) {
    EXPECT_TRUE(stays(with_map(loss, kTensorMap))) << loss;
    EXPECT_TRUE(stays(with_map(loss, {{"name", "file"}}))) << loss;
    EXPECT_FALSE(stays(with_map(loss, kOnlyOnTheProcessor))) << loss;
  }
  EXPECT_TRUE(stays({{"name", "hausdorff"}}));
}

TEST(LossOnDevice, ASumStaysThereIfBothTermsDo) {
  const Json there = with_map("region-wise", kTensorMap);
  const Json away = with_map("region-wise", kOnlyOnTheProcessor);
  const auto sum = [](const Json& first, const Json& second) {
    return stays({{"name", "sum"}, {"terms", {first, second}}});
  };
  EXPECT_TRUE(sum({{"name", "dice"}}, there));
  EXPECT_FALSE(sum({{"name", "dice"}}, away));
  EXPECT_FALSE(sum(away, there));
}

}  // namespace
}  // namespace regionwise::losses

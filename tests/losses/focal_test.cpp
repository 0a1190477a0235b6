#include <gtest/gtest.h>

#include <cmath>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

TEST(Focal, DiscountsThePixelByThePowerOfItsError) {
  const torch::Tensor labels = torch::ones({1, 1, 1}, torch::kInt64);
  const torch::Tensor logits =
      torch::tensor({0.0, std::log(3.0)}, torch::kFloat64).view({1, 2, 1, 1});
  for (const double gamma : {0.0, 0.5, 2.0, 5.0}) {
    const auto focal = losses::make_loss({{"name", "focal"}, {"gamma", gamma}}, "test");
    EXPECT_NEAR(
        value_of(*focal, input_of(logits, labels)), -std::pow(0.25, gamma) * std::log(0.75), 1e-14);
  }
}

TEST(Focal, IsCrossEntropyForGammaZero) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 8});
  const losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  const auto focal = losses::make_loss({{"name", "focal"}, {"gamma", 0}}, "test");
  const auto cross_entropy = losses::make_loss({{"name", "cross-entropy"}}, "test");
  EXPECT_DOUBLE_EQ(value_of(*focal, input), value_of(*cross_entropy, input));
}

TEST(Focal, RefusesANegativeGamma) {
  EXPECT_PRED2(holds,
               usage_error_of({{"name", "focal"}, {"gamma", -1}}),
               "x.json:loss.gamma: expected at least 0, found -1");
}

}  // namespace
}  // namespace regionwise::testing

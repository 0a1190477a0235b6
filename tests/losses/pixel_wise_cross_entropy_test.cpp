#include <gtest/gtest.h>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

std::unique_ptr<losses::Loss> pixel_wise(const Json& map) {
  return losses::make_loss({{"name", "pixel-wise-cross-entropy"}, {"map", map}}, "test");
}

TEST(PixelWiseCrossEntropy, IsCrossEntropyForAMapOfOnes) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  input.map = torch::ones_like(input.logits);
  const auto cross_entropy = losses::make_loss({{"name", "cross-entropy"}}, "test");
  EXPECT_DOUBLE_EQ(value_of(*pixel_wise({{"name", "file"}}), input),
                   value_of(*cross_entropy, input));
}

TEST(PixelWiseCrossEntropy, UsesOnlyTheTrueClasssValueAndItsMagnitude) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  const auto loss = pixel_wise({{"name", "file"}});
  const torch::Tensor y = losses::one_hot(labels, input.logits);
  input.map = random_logits(labels, 3, 2);
  const double value = value_of(*loss, input);
  EXPECT_GT(value, 0);
  input.map = -input.map * y + 100 * (1 - y);
  EXPECT_DOUBLE_EQ(value_of(*loss, input), value);
}

TEST(PixelWiseCrossEntropy, HasTheDerivativeOfThePaperForNonNegativeWeights) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  input.map = random_logits(labels, 3, 2).abs();
  const torch::Tensor weight = input.map * losses::one_hot(labels, input.logits);
  const torch::Tensor p = input.logits.softmax(1);
  const torch::Tensor expected = -weight + p * weight.sum(1, true);
  const torch::Tensor gradient = gradient_of(*pixel_wise({{"name", "file"}}), input);
  EXPECT_LT(largest(static_cast<double>(labels.numel()) * gradient - expected), 1e-12);
}

TEST(PixelWiseCrossEntropy, RefusesTheMapThatIsZeroAtTheTrueClass) {
  EXPECT_PRED2(
      holds,
      usage_error_of({{"name", "pixel-wise-cross-entropy"}, {"map", {{"name", "active-contour"}}}}),
      "x.json:loss.map: active-contour is 0");
}

}  // namespace
}  // namespace regionwise::testing

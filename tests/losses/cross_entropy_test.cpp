#include <gtest/gtest.h>

#include <cmath>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

const auto kCrossEntropy = losses::make_loss({{"name", "cross-entropy"}}, "test");

std::unique_ptr<losses::Loss> weighted(const std::vector<double>& weights) {
  return losses::make_loss({{"name", "cross-entropy"}, {"class-weights", weights}}, "test");
}

TEST(CrossEntropy, IsTheLogarithmOfTheNumberOfClassesForUniformProbabilities) {
  for (const std::int64_t classes : {2, 5, 16}) {
    const torch::Tensor labels = nested_boxes(2, 2, {6, 6});
    const torch::Tensor logits = 0 * random_logits(labels, classes, 0);
    EXPECT_NEAR(value_of(*kCrossEntropy, input_of(logits, labels)),
                std::log(static_cast<double>(classes)),
                1e-13);
  }
}

TEST(CrossEntropy, SaturatesAtTheLogarithmOfTheReferencesConstant) {
  const torch::Tensor labels = torch::zeros({1, 4, 4}, torch::kInt64);
  const torch::Tensor wrong = perfect_logits(1 - labels, 2) * 100;
  EXPECT_NEAR(value_of(*kCrossEntropy, input_of(wrong, labels)), -std::log(1e-15), 1e-12);
}

TEST(CrossEntropy, WeighsEachPixelByItsClass) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  const torch::Tensor log_p = input.logits.log_softmax(1);
  const torch::Tensor weights = torch::tensor({0.5, 2.0, 7.0}, torch::kFloat64);
  const torch::Tensor pixels = log_p.gather(1, labels.unsqueeze(1)).squeeze(1);
  const double expected = -(weights.index({labels}) * pixels).mean().item<double>();
  EXPECT_NEAR(value_of(*weighted({0.5, 2, 7}), input), expected, 1e-12);
}

TEST(CrossEntropy, IsUnchangedByWeightsOfOne) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  EXPECT_DOUBLE_EQ(value_of(*weighted({1, 1, 1}), input), value_of(*kCrossEntropy, input));
}

TEST(CrossEntropy, RefusesWeightsThatAreNoWeights) {
  for (const Json& weights : {Json{1, -1}, Json{1, "2"}, Json{1, true}}) {
    EXPECT_PRED2(holds,
                 usage_error_of({{"name", "cross-entropy"}, {"class-weights", weights}}),
                 "x.json:loss.class-weights: expected numbers of at least 0");
  }
}

TEST(CrossEntropy, RefusesAnotherNumberOfWeightsThanClasses) {
  const torch::Tensor labels = nested_boxes(1, 3, {8, 9});
  const losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  EXPECT_THROW(value_of(*weighted({1, 1}), input), UsageError);
}

}  // namespace
}  // namespace regionwise::testing

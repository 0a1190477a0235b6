#include <gtest/gtest.h>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

const auto kDice = losses::make_loss({{"name", "dice"}}, "test");

TEST(Dice, IsOneMinusTheMeanOverlapOfTheClasses) {
  // Two of four pixels are class 1, and all probabilities are one half.
  const torch::Tensor labels = torch::tensor({0, 0, 1, 1}, torch::kInt64).view({1, 2, 2});
  const torch::Tensor logits = torch::zeros({1, 2, 2, 2}, torch::kFloat64);
  EXPECT_NEAR(value_of(*kDice, input_of(logits, labels)), 1 - 2 / (4 + 1e-6), 1e-15);
}

TEST(Dice, CountsOneAndGivesNoGradientForAnAbsentClass) {
  const torch::Tensor labels = nested_boxes(1, 2, {6, 6});
  const torch::Tensor perfect = perfect_logits(labels, 3);
  EXPECT_NEAR(value_of(*kDice, input_of(perfect, labels)), 1.0 / 3, 1e-6);

  // Probability that moves between two absent classes changes nothing.
  const torch::Tensor logits = random_logits(labels, 4, 1);
  const torch::Tensor gradient = gradient_of(*kDice, input_of(logits, labels));
  const torch::Tensor p = logits.softmax(1);
  const torch::Tensor per_probability = gradient / p;
  EXPECT_LT(largest(per_probability.select(1, 2) - per_probability.select(1, 3)), 1e-15);
}

TEST(Dice, IsZeroForAPerfectPredictionOfAllClasses) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 8});
  EXPECT_NEAR(value_of(*kDice, input_of(perfect_logits(labels, 3), labels)), 0, 1e-6);
}

}  // namespace
}  // namespace regionwise::testing

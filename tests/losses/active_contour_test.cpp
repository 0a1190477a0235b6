#include <gtest/gtest.h>

#include <cmath>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

std::unique_ptr<losses::Loss> active_contour(double lambda, double length_weight, double epsilon) {
  return losses::make_loss({{"name", "active-contour"},
                            {"lambda", lambda},
                            {"length-weight", length_weight},
                            {"epsilon", epsilon}},
                           "test");
}

TEST(ActiveContour, MeasuresTheContourOfABinaryMask) {
  torch::Tensor labels = torch::zeros({1, 10, 12}, torch::kInt64);
  labels.narrow(1, 3, 4).narrow(2, 2, 5).fill_(1);
  const losses::LossInput input = input_of(perfect_logits(labels, 2), labels);
  // Forward differences see 4 + 4 vertical and 5 + 5 horizontal edges; at one corner two of them
  // meet in a pixel and count √2.
  const double length = 18 - 2 + std::sqrt(2.0);
  EXPECT_NEAR(value_of(*active_contour(0, 1, 1e-20), input), length / 120, 1e-6);
}

TEST(ActiveContour, MeasuresTheSurfaceOfAVolume) {
  torch::Tensor labels = torch::zeros({1, 6, 6, 6}, torch::kInt64);
  labels.narrow(1, 0, 3).fill_(1);
  const losses::LossInput input = input_of(perfect_logits(labels, 2), labels);
  EXPECT_NEAR(value_of(*active_contour(0, 1, 1e-20), input), 36.0 / 216, 1e-6);
}

TEST(ActiveContour, HasNoLengthAtTheBorderOfTheImage) {
  const torch::Tensor labels = torch::ones({1, 6, 6}, torch::kInt64);
  const losses::LossInput input = input_of(perfect_logits(labels, 2), labels);
  EXPECT_NEAR(value_of(*active_contour(0, 1, 1e-20), input), 0, 1e-9);
}

TEST(ActiveContour, IsTheRegionWiseLossOfItsMapWithoutLength) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  const auto region_wise =
      losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "active-contour"}}}}, "test");
  EXPECT_NEAR(
      value_of(*active_contour(2.5, 0, 1e-8), input), 2.5 * value_of(*region_wise, input), 1e-14);
}

TEST(ActiveContour, ReportsBothPartsUnweighted) {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  const auto value = (*active_contour(3, 0.5, 1e-8))(input_of(random_logits(labels, 3, 1), labels));
  ASSERT_EQ(value.terms.size(), 3U);
  EXPECT_EQ(value.terms[1].first, "active-contour length");
  EXPECT_EQ(value.terms[2].first, "active-contour region");
  EXPECT_NEAR(0.5 * value.terms[1].second.item<double>() + 3 * value.terms[2].second.item<double>(),
              value.total.item<double>(),
              1e-14);
}

TEST(ActiveContour, RefusesAnEpsilonWithoutSlope) {
  EXPECT_PRED2(holds,
               usage_error_of({{"name", "active-contour"}, {"epsilon", 0}}),
               "x.json:loss.epsilon: expected at least");
}

}  // namespace
}  // namespace regionwise::testing

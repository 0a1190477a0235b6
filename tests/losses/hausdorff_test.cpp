#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <torch/utils.h>

#include <cmath>

#include "examples.hpp"
#include "support/property.hpp"

namespace regionwise::testing {
namespace {

std::unique_ptr<losses::Loss> hausdorff(double alpha) {
  return losses::make_loss({{"name", "hausdorff"}, {"alpha", alpha}}, "test");
}

/// The distance from each pixel of a 2-D mask to the nearest pixel of other value, 0 if there is
/// none.
torch::Tensor distances_by_search(const torch::Tensor& mask) {
  torch::Tensor result = torch::zeros(mask.sizes(), torch::kFloat64);
  const auto value = mask.accessor<bool, 2>();
  const auto square = [](std::int64_t difference) {
    return static_cast<double>(difference * difference);
  };
  for (std::int64_t y = 0; y < mask.size(0); ++y) {
    for (std::int64_t x = 0; x < mask.size(1); ++x) {
      double nearest = INFINITY;
      for (std::int64_t v = 0; v < mask.size(0); ++v) {
        for (std::int64_t u = 0; u < mask.size(1); ++u) {
          if (value[v][u] == value[y][x]) continue;
          nearest = std::min(nearest, std::sqrt(square(v - y) + square(u - x)));
        }
      }
      if (std::isfinite(nearest)) result[y][x] = nearest;
    }
  }
  return result;
}

TEST(Hausdorff, WeighsSquaredErrorsByTheDistancesToBothBoundaries) {
  regionwise::testing::check_property([] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const double alpha = *rc::gen::element(0.5, 1.0, 2.0);
    constexpr std::int64_t kClasses = 3;
    torch::manual_seed(seed);
    const torch::Tensor labels = torch::randint(kClasses, {1, 6, 5}, torch::kInt64);
    const torch::Tensor logits = random_logits(labels, kClasses, seed + 1);
    const torch::Tensor predicted = logits.argmax(1);
    const torch::Tensor p = logits.softmax(1);
    double expected = 0;
    for (std::int64_t k = 0; k < kClasses; ++k) {
      const torch::Tensor in_label = labels[0] == k;
      const torch::Tensor weight = distances_by_search(in_label).pow(alpha) +
                                   distances_by_search(predicted[0] == k).pow(alpha);
      const torch::Tensor error = (p[0][k] - in_label.to(torch::kFloat64)).square();
      expected += (error * weight).sum().item<double>();
    }
    expected /= static_cast<double>(p.numel());
    RC_ASSERT(std::abs(value_of(*hausdorff(alpha), input_of(logits, labels)) - expected) <
              1e-12 * expected);
  });
}

TEST(Hausdorff, GrowsWithTheDistanceOfAnError) {
  torch::Tensor labels = torch::zeros({1, 16, 16}, torch::kInt64);
  labels.narrow(1, 1, 3).narrow(2, 1, 3).fill_(1);
  double previous = 0;
  for (const std::int64_t column : {5, 8, 11, 14}) {
    torch::Tensor predicted = labels.clone();
    predicted[0][2][column] = 1;
    const double value = value_of(*hausdorff(2), input_of(perfect_logits(predicted, 2), labels));
    EXPECT_GT(value, previous);
    previous = value;
  }
}

TEST(Hausdorff, CountsMillimetresIfAsked) {
  const torch::Tensor labels = nested_boxes(1, 2, {9, 9});
  losses::LossInput input = input_of(random_logits(labels, 2, 1), labels);
  const double pixels = value_of(*hausdorff(2), input);
  input.spacings_mm = {{5, 3, 3}};
  const auto in_mm = losses::make_loss({{"name", "hausdorff"}, {"unit", "mm"}}, "test");
  EXPECT_NEAR(value_of(*in_mm, input), 9 * pixels, 1e-10);
}

TEST(Hausdorff, RefusesImpossibleOptions) {
  const auto error_of = [](const char* key, const Json& value) {
    return usage_error_of({{"name", "hausdorff"}, {key, value}});
  };
  EXPECT_PRED2(holds, error_of("alpha", 0), "x.json:loss.alpha");
  EXPECT_PRED2(holds, error_of("unit", "inch"), "x.json:loss.unit");
  EXPECT_PRED2(holds, error_of("dimensions", 4), "x.json:loss.dimensions");
}

}  // namespace
}  // namespace regionwise::testing

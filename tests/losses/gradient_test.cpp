#include "losses/gradient.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "examples.hpp"
#include "support/property.hpp"

namespace regionwise::testing {
namespace {

torch::Tensor pixel(std::vector<double> values) {
  return torch::tensor(values, torch::kFloat64).view({1, -1, 1, 1});
}

/// One pixel of uniform probability, with the true class last.
struct PaperExample {
  std::vector<double> map;
  std::vector<double> gradient;
  double loss;
};

class PaperExamples : public ::testing::TestWithParam<PaperExample> {};

TEST_P(PaperExamples, HaveTheGradientAndLossOfSection33) {
  const auto& [map, gradient, loss] = GetParam();
  const torch::Tensor probabilities = pixel({0.25, 0.25, 0.25, 0.25});
  EXPECT_LT(largest(losses::region_wise_gradient(probabilities, pixel(map)) - pixel(gradient)),
            1e-15);

  losses::LossInput input =
      input_of(torch::zeros_like(probabilities), torch::full({1, 1, 1}, 3, torch::kInt64));
  input.map = pixel(map);
  const auto region_wise =
      losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "file"}}}}, "test");
  // The paper's "-0.04" and "0.15" are means over the four classes.
  EXPECT_NEAR(value_of(*region_wise, input), loss, 1e-15);
  EXPECT_LT(largest(4 * gradient_of(*region_wise, input) - pixel(gradient)), 1e-15);
}

INSTANTIATE_TEST_SUITE_P(
    Paper,
    PaperExamples,
    ::testing::Values(PaperExample{{0, 0, 0, -.6}, {.0375, .0375, .0375, -.1125}, -.0375},
                      PaperExample{{1, 1, 1, -.6}, {.1, .1, .1, -.3}, .15}));

TEST(RegionWiseGradient, IsZeroWhereAllValuesOfTheMapAreEqual) {
  const torch::Tensor probabilities = pixel({0.1, 0.2, 0.7});
  EXPECT_LT(largest(losses::region_wise_gradient(probabilities, pixel({-3, -3, -3}))), 1e-15);
}

TEST(RegionWiseGradient, AgreesWithTheDoubleSumAndWithAutograd) {
  regionwise::testing::check_property([] {
    const auto classes = *rc::gen::inRange<std::int64_t>(2, 9);
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const torch::Tensor labels = torch::zeros({2, 3, 4}, torch::kInt64);
    losses::LossInput input = input_of(3 * random_logits(labels, classes, seed), labels);
    input.map = 10 * random_logits(labels, classes, seed + 1);
    const torch::Tensor p = input.logits.softmax(1);
    const torch::Tensor gradient = losses::region_wise_gradient(p, input.map);

    torch::Tensor expected = torch::zeros_like(p);
    for (std::int64_t k = 0; k < classes; ++k) {
      for (std::int64_t l = 0; l < classes; ++l) {
        expected.select(1, k) +=
            p.select(1, k) * p.select(1, l) * (input.map.select(1, k) - input.map.select(1, l));
      }
    }
    RC_ASSERT(largest(gradient - expected) < 1e-12);

    const auto loss =
        losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "file"}}}}, "test");
    const auto count = static_cast<double>(p.numel());
    RC_ASSERT(largest(gradient - count * gradient_of(*loss, input)) < 1e-12);
  });
}

TEST(RegionWiseGradient, SumsToZeroOverTheClassesOfAPixel) {
  regionwise::testing::check_property([] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const torch::Tensor labels = torch::zeros({1, 3, 4}, torch::kInt64);
    const torch::Tensor p = random_logits(labels, 5, seed).softmax(1);
    const torch::Tensor map = random_logits(labels, 5, seed + 1);
    RC_ASSERT(largest(losses::region_wise_gradient(p, map).sum(1)) < 1e-14);
  });
}

}  // namespace
}  // namespace regionwise::testing

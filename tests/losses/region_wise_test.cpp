#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "examples.hpp"
#include "support/property.hpp"

namespace regionwise::testing {
namespace {

std::unique_ptr<losses::Loss> region_wise(const Json& map) {
  return losses::make_loss({{"name", "region-wise"}, {"map", map}}, "test");
}

double gap_of(const losses::Loss& loss, const losses::LossInput& input) {
  for (const auto& [name, value] : loss(input).terms) {
    if (name == "region-wise gap") return value.item<double>();
  }
  throw std::logic_error("no gap among the terms");
}

TEST(RegionWise, IsTheMeanProductOfProbabilitiesAndMap) {
  const torch::Tensor labels = nested_boxes(2, 3, {5, 6});
  losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  input.map = random_logits(labels, 3, 2);
  const double expected = (input.logits.softmax(1) * input.map).sum().item<double>() / (2 * 3 * 30);
  EXPECT_NEAR(value_of(*region_wise({{"name", "file"}}), input), expected, 1e-15);
}

TEST(RegionWise, TakesTheRectifiedMapByDefault) {
  const auto loss = losses::make_loss({{"name", "region-wise"}}, "test");
  EXPECT_EQ(loss->resolved().at("map").at("name"), "rectified");
  EXPECT_TRUE(loss->resolved().at("map").contains("class-weights"));
}

TEST(RegionWise, GapIsNeverNegative) {
  const auto loss = region_wise({{"name", "rectified"}});
  const auto from_file = region_wise({{"name", "file"}});
  regionwise::testing::check_property([&] {
    const auto classes = *rc::gen::inRange<std::int64_t>(2, 6);
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const torch::Tensor labels = nested_boxes(2, classes, {9, 8});
    losses::LossInput input = input_of(5 * random_logits(labels, classes, seed), labels);
    RC_ASSERT(gap_of(*loss, input) > 0);
    input.map = random_logits(labels, classes, seed + 1);
    RC_ASSERT(gap_of(*from_file, input) > 0);
  });
}

TEST(RegionWise, GapEndsAtZeroForAPerfectPrediction) {
  const torch::Tensor labels = nested_boxes(2, 4, {12, 12});
  for (const char* map : {"rectified", "boundary", "active-contour", "cao", "hausdorff"}) {
    EXPECT_NEAR(gap_of(*region_wise({{"name", map}}), input_of(perfect_logits(labels, 4), labels)),
                0,
                1e-12)
        << map;
  }
}

TEST(RegionWise, NeedsTheMapWhereItComesFromAFile) {
  const torch::Tensor labels = nested_boxes(1, 2, {5, 6});
  losses::LossInput input = input_of(random_logits(labels, 2, 1), labels);
  const auto loss = region_wise({{"name", "file"}});
  EXPECT_THROW(value_of(*loss, input), DataError);
  input.map = torch::ones({1, 2, 5, 6});
  EXPECT_NEAR(value_of(*loss, input), 0.5, 1e-15);
}

TEST(RegionWise, ComputesTheMapItNamesWhateverTheBatchCarries) {
  const torch::Tensor labels = nested_boxes(1, 2, {5, 6});
  losses::LossInput input = input_of(random_logits(labels, 2, 1), labels);
  const auto loss = region_wise({{"name", "rectified"}});
  const double value = value_of(*loss, input);
  input.map = 7 * torch::ones_like(input.logits);
  EXPECT_DOUBLE_EQ(value_of(*loss, input), value);
}

TEST(RegionWise, RefusesAMapOfAnotherShape) {
  const torch::Tensor labels = nested_boxes(1, 2, {5, 6});
  losses::LossInput input = input_of(random_logits(labels, 2, 1), labels);
  input.map = torch::ones({1, 1, 5, 6});
  EXPECT_THROW(value_of(*region_wise({{"name", "file"}}), input), DataError);
}

TEST(RegionWise, MeasuresEachSampleWithItsOwnSpacing) {
  const torch::Tensor labels = nested_boxes(2, 3, {9, 8});
  const torch::Tensor logits = random_logits(labels, 3, 1);
  const auto loss = region_wise({{"name", "boundary"}, {"unit", "mm"}});
  const std::vector<Spacing3> spacings_mm = {{10, 1, 1}, {10, 2, 3}};
  double mean = 0;
  for (std::int64_t n = 0; n < 2; ++n) {
    losses::LossInput alone = input_of(logits.narrow(0, n, 1), labels.narrow(0, n, 1));
    alone.spacings_mm = {spacings_mm[static_cast<std::size_t>(n)]};
    mean += value_of(*loss, alone) / 2;
  }
  losses::LossInput together = input_of(logits, labels);
  together.spacings_mm = spacings_mm;
  EXPECT_NEAR(value_of(*loss, together), mean, 1e-13);

  together.spacings_mm.pop_back();
  EXPECT_THROW(value_of(*loss, together), DataError);
}

TEST(RegionWise, ScalesWithTheSpacingInMillimetresOnly) {
  const torch::Tensor labels = nested_boxes(2, 3, {9, 8});
  losses::LossInput input = input_of(random_logits(labels, 3, 1), labels);
  const double pixels = value_of(*region_wise({{"name", "boundary"}}), input);
  input.spacings_mm = {{2, 2, 2}, {2, 2, 2}};
  EXPECT_NEAR(
      value_of(*region_wise({{"name", "boundary"}, {"unit", "mm"}}), input), 2 * pixels, 1e-12);
  EXPECT_DOUBLE_EQ(value_of(*region_wise({{"name", "boundary"}}), input), pixels);
}

TEST(RegionWise, MeasuresAcrossSlicesInThreeDimensionsOnly) {
  const torch::Tensor labels = nested_boxes(1, 2, {5, 7, 9});
  const losses::LossInput input = input_of(random_logits(labels, 2, 1), labels);
  const double slices = value_of(*region_wise({{"name", "boundary"}}), input);
  const double volume = value_of(*region_wise({{"name", "boundary"}, {"dimensions", 3}}), input);
  EXPECT_GT(std::abs(slices - volume), 1e-3);
}

TEST(RegionWise, RefusesAnImpossibleMapNamingItsPlace) {
  const auto error_of = [](const Json& map) {
    return usage_error_of({{"name", "region-wise"}, {"map", map}});
  };
  EXPECT_PRED2(holds, error_of({{"name", "bondary"}}), "x.json:loss.map");
  EXPECT_PRED2(holds, error_of({{"name", "boundary"}, {"units", "mm"}}), "x.json:loss.map.units");
  EXPECT_PRED2(holds, error_of({{"name", "file"}, {"path", "m.h5"}}), "x.json:loss.map.path");
  EXPECT_PRED2(holds, error_of(Json::object()), "x.json:loss.map.name: missing");
}

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
  losses::LossInput input =
      input_of(torch::zeros_like(probabilities), torch::full({1, 1, 1}, 3, torch::kInt64));
  input.map = pixel(map);
  const auto loss_of_file = region_wise({{"name", "file"}});
  // The paper's "-0.04" and "0.15" are means over the four classes.
  EXPECT_NEAR(value_of(*loss_of_file, input), loss, 1e-15);
  EXPECT_LT(largest(4 * gradient_of(*loss_of_file, input) - pixel(gradient)), 1e-15);
}

INSTANTIATE_TEST_SUITE_P(
    Paper,
    PaperExamples,
    ::testing::Values(PaperExample{{0, 0, 0, -.6}, {.0375, .0375, .0375, -.1125}, -.0375},
                      PaperExample{{1, 1, 1, -.6}, {.1, .1, .1, -.3}, .15}));

TEST(RegionWiseGradient, IsZeroWhereAllValuesOfTheMapAreEqual) {
  losses::LossInput input =
      input_of(pixel({0.1, 0.2, 0.7}), torch::full({1, 1, 1}, 2, torch::kInt64));
  input.map = pixel({-3, -3, -3});
  EXPECT_LT(largest(gradient_of(*region_wise({{"name", "file"}}), input)), 1e-15);
}

TEST(RegionWiseGradient, IsTheDoubleSumOfThePaperAndSumsToZeroOverThePixelsClasses) {
  const auto loss = region_wise({{"name", "file"}});
  regionwise::testing::check_property([&] {
    const auto classes = *rc::gen::inRange<std::int64_t>(2, 9);
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const torch::Tensor labels = torch::zeros({2, 3, 4}, torch::kInt64);
    losses::LossInput input = input_of(3 * random_logits(labels, classes, seed), labels);
    input.map = 10 * random_logits(labels, classes, seed + 1);
    const torch::Tensor p = input.logits.softmax(1);
    torch::Tensor expected = torch::zeros_like(p);
    for (std::int64_t k = 0; k < classes; ++k) {
      for (std::int64_t l = 0; l < classes; ++l) {
        expected.select(1, k) +=
            p.select(1, k) * p.select(1, l) * (input.map.select(1, k) - input.map.select(1, l));
      }
    }
    const torch::Tensor gradient = static_cast<double>(p.numel()) * gradient_of(*loss, input);
    RC_ASSERT(largest(gradient - expected) < 1e-12);
    RC_ASSERT(largest(gradient.sum(1)) < 1e-12);
  });
}

}  // namespace
}  // namespace regionwise::testing

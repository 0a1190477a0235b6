#include <gtest/gtest.h>

#include <cmath>

#include "examples.hpp"

namespace regionwise::testing {
namespace {

const Json kDiceJson = {{"name", "dice"}};
const Json kRegionWise = {{"name", "region-wise"}};

Json sum_of(const Json& first, const Json& second, const Json& weights) {
  return {{"name", "sum"}, {"terms", {first, second}}, {"weights", weights}};
}

std::unique_ptr<losses::Loss> gradual(const Json& changes = Json::object()) {
  Json weights = {{"kind", "gradual"}};
  weights.update(changes);
  return losses::make_loss(sum_of(kDiceJson, kRegionWise, weights), "test");
}

losses::LossInput example() {
  const torch::Tensor labels = nested_boxes(2, 3, {8, 9});
  return input_of(random_logits(labels, 3, 1), labels);
}

TEST(Sum, AddsBothTermsIfTheyAreEqual) {
  const auto sum = losses::make_loss(sum_of(kDiceJson, kRegionWise, {{"kind", "equal"}}), "test");
  const double expected = value_of(*losses::make_loss(kDiceJson, "test"), example()) +
                          value_of(*losses::make_loss(kRegionWise, "test"), example());
  EXPECT_NEAR(value_of(*sum, example()), expected, 1e-15);
  EXPECT_TRUE(std::isnan(sum->alpha(0)));
}

TEST(Sum, MovesGraduallyFromTheFirstTermToTheSecond) {
  const double dice = value_of(*losses::make_loss(kDiceJson, "test"), example());
  const double region_wise = value_of(*losses::make_loss(kRegionWise, "test"), example());
  for (const double epoch : {0.0, 1.0, 42.0, 99.0, 100.0, 299.0}) {
    losses::LossInput input = example();
    input.epoch = epoch;
    const double alpha = gradual()->alpha(epoch);
    EXPECT_NEAR(value_of(*gradual(), input), alpha * dice + (1 - alpha) * region_wise, 1e-15);
  }
}

TEST(Sum, FallsByDefaultFromOneToTheFloorInAHundredEpochs) {
  const auto loss = gradual();
  EXPECT_EQ(loss->alpha(0), 1);
  EXPECT_DOUBLE_EQ(loss->alpha(1), 0.99);
  EXPECT_DOUBLE_EQ(loss->alpha(50), 0.5);
  EXPECT_NEAR(loss->alpha(98), 0.02, 1e-15);
  EXPECT_NEAR(loss->alpha(99), 0.01, 1e-15);
  EXPECT_EQ(loss->alpha(100), 0.01);
  EXPECT_EQ(loss->alpha(299), 0.01);
}

TEST(Sum, TakesItsScheduleFromTheDescription) {
  const auto loss = gradual({{"start", 0.2}, {"end", 0.8}, {"epochs", 3}, {"floor", 0}});
  EXPECT_DOUBLE_EQ(loss->alpha(0), 0.2);
  EXPECT_DOUBLE_EQ(loss->alpha(1), 0.4);
  EXPECT_DOUBLE_EQ(loss->alpha(3), 0.8);
  EXPECT_DOUBLE_EQ(loss->alpha(9), 0.8);
}

TEST(Sum, ResolvesItsTermsAndItsSchedule) {
  const Json resolved = gradual()->resolved();
  EXPECT_EQ(resolved.at("terms").at(0), kDiceJson);
  EXPECT_EQ(resolved.at("terms").at(1).at("map").at("name"), "rectified");
  EXPECT_TRUE(resolved.at("terms").at(1).at("map").contains("empty-class"));
  const Json weights = {
      {"kind", "gradual"}, {"start", 1.0}, {"end", 0.0}, {"epochs", 100}, {"floor", 0.01}};
  EXPECT_EQ(resolved.at("weights"), weights);
}

TEST(Sum, ReportsTheTermsOfBothLossesUnweightedUnderDifferentNames) {
  const Json boundary = {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}};
  const auto sum = losses::make_loss(sum_of(kRegionWise, boundary, {{"kind", "equal"}}), "test");
  const auto terms = (*sum)(example()).terms;
  ASSERT_EQ(terms.size(), 4U);
  EXPECT_EQ(terms[0].first, "region-wise");
  EXPECT_EQ(terms[2].first, "region-wise (second)");
  EXPECT_DOUBLE_EQ(terms[2].second.item<double>(),
                   value_of(*losses::make_loss(boundary, "test"), example()));
}

TEST(Sum, RefusesWhatIsNotTwoLosses) {
  for (const Json& terms :
       {Json::array(), Json::array({kDiceJson}), Json::array({kDiceJson, kDiceJson, kDiceJson})}) {
    EXPECT_PRED2(holds,
                 usage_error_of({{"name", "sum"}, {"terms", terms}}),
                 "x.json:loss.terms: expected two losses");
  }
  EXPECT_PRED2(holds,
               usage_error_of({{"name", "sum"}, {"terms", {kDiceJson, {{"name", "dise"}}}}}),
               "x.json:loss.terms[1].name: unknown loss \"dise\"");
}

TEST(Sum, RefusesAnImpossibleSchedule) {
  const auto error_of = [](const Json& weights) {
    return usage_error_of(sum_of(kDiceJson, kRegionWise, weights));
  };
  EXPECT_PRED2(holds, error_of(Json::object()), "x.json:loss.weights.kind: missing");
  EXPECT_PRED2(holds, error_of({{"kind", "sudden"}}), "known: equal, gradual");
  EXPECT_PRED2(holds, error_of({{"kind", "equal"}, {"start", 1}}), "x.json:loss.weights.start");
  EXPECT_PRED2(holds, error_of({{"kind", "gradual"}, {"epochs", 0}}), "weights.epochs");
  EXPECT_PRED2(holds, error_of({{"kind", "gradual"}, {"epochs", 1.5}}), "weights.epochs");
  EXPECT_PRED2(holds, error_of({{"kind", "gradual"}, {"start", 1.5}}), "at most 1");
  EXPECT_PRED2(holds, error_of({{"kind", "gradual"}, {"floor", -1}}), "at least 0");
  EXPECT_PRED2(holds, error_of({{"kind", "gradual"}, {"stop", 1}}), "weights.stop");
}

}  // namespace
}  // namespace regionwise::testing

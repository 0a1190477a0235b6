#include "reporting/seeds.hpp"

#include <gtest/gtest.h>

#include "reporting/run_failure.hpp"

namespace regionwise::reporting {
namespace {

TEST(Seeds, AConfigurationWithoutARuleHasTheDefaults) {
  const Json older = {{"epochs", 6}};
  const Json newer = {{"epochs", 6}, {"failure", to_json(FailureRule())}};
  EXPECT_EQ(first_difference(older, newer), "");
  EXPECT_EQ(first_difference(older, {{"epochs", 7}}), "/epochs");
  EXPECT_EQ(first_difference(older, Json()), "/");
  const Json strict = {{"epochs", 6}, {"failure", to_json({.dice_below = 0.5})}};
  EXPECT_EQ(first_difference(older, strict), "/failure/dice-below");
}

TEST(Seeds, ATrainingIsAnotherByItsConfigurationDatasetAndMaps) {
  storage::RunRecord run;
  run.configuration = {{"epochs", 6}};
  run.dataset_hash = "ab";
  storage::RunRecord other = run;
  other.seed = 7;
  EXPECT_EQ(training_difference(run, other), "");
  other.maps_hash = "ab";
  EXPECT_EQ(training_difference(run, other), "maps file");
  other.dataset_hash = "cd";
  EXPECT_EQ(training_difference(run, other), "dataset file");
  other.configuration["epochs"] = 7;
  EXPECT_EQ(training_difference(run, other), "configuration (/epochs)");
}

}  // namespace
}  // namespace regionwise::reporting

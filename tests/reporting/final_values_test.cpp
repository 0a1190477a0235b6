#include "reporting/final_values.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "reporting/metrics_examples.hpp"
#include "storage/run_file.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

class ReadFinalValues : public ::testing::Test {
 protected:
  std::filesystem::path write(const MetricsSource& source) {
    storage::write_metrics(folder_ / source.file, source.record, {}, {});
    return folder_ / source.file;
  }

  /// A run with one validation, of `dice` per class.
  std::filesystem::path write_run(const std::string& name,
                                  std::uint64_t seed,
                                  const std::vector<double>& dice,
                                  bool finished = true) {
    storage::RunRecord record;
    record.name = name;
    record.seed = seed;
    record.class_names = {"background", "LV", "RV"};
    record.channels = {"MRI"};
    record.configuration = Json::object();
    record.plan = Json::object();
    record.finished = finished;
    record.epoch = 5;
    record.validation.column("epoch", "1").values = {4, 5};
    auto& column = record.validation.column("dice", "1", {"LV", "RV"});
    column.values = {0, 0};
    column.values.insert(column.values.end(), dice.begin(), dice.end());
    record.validation.column("hausdorff", "pixel", {"LV", "RV"}).values = {9, 9, 3, 5};
    record.validation.column("misses", "1", {"LV", "RV"}).values = {0, 0, 0, 0};
    const auto file = folder_ / (name + std::to_string(seed) + ".run.h5");
    storage::write_run(file, record, {}, {});
    return file;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ReadFinalValues, TakesMeansOverCasesThenClasses) {
  const std::vector files{write(example_source("dice", 0, {.2, .4, .6, .8}, {1, 2, 3, 4})),
                          write(example_source("rectified", 0, {.9, .9, .9, .9}, {1, 1, 1, 1})),
                          write(example_source("dice", 1, {.4, .4, .8, .8}, {1, kNan, 3, 5}))};
  const FinalValues dice = read_final_values(files, {});
  ASSERT_EQ(dice.groups.size(), 2U);
  EXPECT_EQ(dice.groups[0].name, "dice");
  ASSERT_EQ(dice.groups[0].values.size(), 2U);
  EXPECT_NEAR(dice.groups[0].values[0], 0.5, 1e-12);
  EXPECT_NEAR(dice.groups[0].values[1], 0.6, 1e-12);
  EXPECT_TRUE(dice.higher_is_better);

  const FinalValues distance = read_final_values(files, {.metric = "hausdorff"});
  // LV (1 + 3) / 2, RV 5 alone.
  EXPECT_EQ(distance.groups[0].values[1], 3.5);
  EXPECT_EQ(distance.unit, "mm");
  EXPECT_FALSE(distance.higher_is_better);

  const FinalValues of_class = read_final_values(files, {.class_name = "RV"});
  EXPECT_NEAR(of_class.groups[0].values[0], 0.6, 1e-12);
}

TEST_F(ReadFinalValues, RefusesToLeaveAModelOut) {
  const std::vector files{write(example_source("dice", 0, {.2, .4, .6, .8}, {1, kNan, 3, kNan}))};
  EXPECT_THROW(read_final_values(files, {.metric = "hausdorff"}), DataError);
  EXPECT_NO_THROW(read_final_values(files, {.metric = "hausdorff", .class_name = "LV"}));
  EXPECT_THROW(read_final_values(files, {.class_name = "M"}), DataError);
  EXPECT_THROW(read_final_values(files, {.metric = "nsd"}), DataError);
}

TEST_F(ReadFinalValues, NamesAnotherMetricOnlyWhereThereIsOne) {
  const auto message = [](const std::filesystem::path& file, const std::string& metric) {
    return testing::message_of<DataError>(
        [&] { read_final_values(std::vector{file}, {.metric = metric}); });
  };
  auto source = example_source("dice", 0, {.2, .4, .6, kNan}, {1, kNan, 3, kNan});
  source.record.predicted_voxels[3] = source.record.reference_voxels[3] = 0;
  EXPECT_NE(message(write(source), "hausdorff").find("try --metric dice"), std::string::npos);
  const auto run = write_run("rectified", 1, {kNan, 0.5});
  const std::string of_dice = message(run, "dice");
  EXPECT_NE(of_dice.find("no finite value"), std::string::npos) << of_dice;
  EXPECT_EQ(of_dice.find("--metric dice"), std::string::npos) << of_dice;
}

TEST_F(ReadFinalValues, TakesTheLastValidationOfARun) {
  const std::vector files{write_run("boundary", 0, {.5, .7}), write_run("boundary", 1, {.1, .3})};
  const FinalValues values = read_final_values(files, {});
  ASSERT_EQ(values.groups.size(), 1U);
  EXPECT_NEAR(values.groups[0].values[0], 0.6, 1e-12);
  EXPECT_NEAR(values.groups[0].values[1], 0.2, 1e-12);
}

TEST_F(ReadFinalValues, KnowsTheDirectionByTheMetricNotByItsUnit) {
  const std::vector files{write_run("boundary", 0, {.6, .8})};
  EXPECT_TRUE(read_final_values(files, {}).higher_is_better);
  const FinalValues distance = read_final_values(files, {.metric = "hausdorff"});
  EXPECT_EQ(distance.groups[0].values[0], 4);
  EXPECT_FALSE(distance.higher_is_better);
  EXPECT_THROW(read_final_values(files, {.metric = "misses"}), DataError);
}

TEST_F(ReadFinalValues, RefusesAnUnfinishedRun) {
  const std::vector files{write_run("boundary", 0, {.5, .7}, false)};
  const auto message = testing::message_of<DataError>([&] { read_final_values(files, {}); });
  EXPECT_NE(message.find("is not finished"), std::string::npos) << message;
}

TEST_F(ReadFinalValues, RefusesAMixOfFormats) {
  const std::vector files{write_run("boundary", 0, {.5, .7}),
                          write(example_source("dice", 0, {.2, .4}, {1, 2}))};
  const auto message = testing::message_of<DataError>([&] { read_final_values(files, {}); });
  EXPECT_NE(message.find("give files of one format"), std::string::npos) << message;
}

TEST_F(ReadFinalValues, CountsTheRunsThatAreMarkedAndDropsNone) {
  MetricsSource marked = example_source("dice", 2, {.9, .8, .9, .8}, {1, 1, 1, 1});
  marked.record.outcome = storage::RunOutcome{"dead-class", {"RV"}, 4, false};
  const std::vector files{write(example_source("dice", 0, {.9, .4, .9, .8}, {1, 2, 3, 4})),
                          write(example_source("dice", 1, {.9, 0, .9, .1}, {1, 2, 3, 4})),
                          write(marked)};
  const FinalValues values = read_final_values(files, {});
  EXPECT_EQ(values.groups[0].values.size(), 3U);
  EXPECT_EQ(values.groups[0].marked_failed, 2) << "one by its mark, one by the rule";
  const auto found = distributions(values, {});
  EXPECT_EQ(found[0].marked->failures, 2);
  EXPECT_NEAR(found[0].marked->share, 2.0 / 3, 1e-12);
  EXPECT_EQ(found[0].failed->failures, 1) << "0.475 is below 0.5";

  const std::vector runs{write_run("boundary", 0, {.5, .7}), write_run("boundary", 1, {.7, 0.05})};
  EXPECT_EQ(read_final_values(runs, {}).groups[0].marked_failed, 0)
      << "its first Dice was not missed";
}

TEST_F(ReadFinalValues, CountsDivergedRunsAmongTheMarked) {
  MetricsSource diverged = example_source("dice", 0, {.6, .6, .6, .6}, {1, 1, 1, 1});
  diverged.record.outcome = storage::RunOutcome{"diverged", {}, 1, true};
  const std::vector files{write(diverged)};
  EXPECT_EQ(distributions(read_final_values(files, {}), {})[0].marked->failures, 1);
}

TEST_F(ReadFinalValues, SaysOfHowManyModelsNoOutcomeIsKnown) {
  MetricsSource without_dice = example_source("dice", 0, {.2, .4, .6, .8}, {1, 2, 3, 4});
  without_dice.record.metrics.erase(without_dice.record.metrics.begin());
  MetricsSource marked = without_dice;
  marked.file = "marked.h5";
  marked.record.seed = 1;
  marked.record.outcome = storage::RunOutcome{"diverged", {}, 1, true};
  const std::vector files{write(without_dice), write(marked)};
  const auto found =
      distributions(read_final_values(files, {.metric = "hausdorff"}), {.metric = "hausdorff"});
  EXPECT_EQ(found[0].n, 2);
  EXPECT_EQ(found[0].unknown, 1);
  ASSERT_TRUE(found[0].marked.has_value()) << "what is known of the others is not lost";
  EXPECT_EQ(found[0].marked->failures, 1);
  EXPECT_EQ(found[0].marked->n, 1);
  EXPECT_EQ(found[0].marked->share, 1);
  const std::vector unknown{files[0]};
  const auto nothing =
      distributions(read_final_values(unknown, {.metric = "hausdorff"}), {.metric = "hausdorff"});
  EXPECT_FALSE(nothing[0].marked.has_value());
}

TEST(Distributions, WantAThresholdThatAValueCanHave) {
  FinalValues values;
  values.groups = {{"rectified", {0.9}}};
  for (const double threshold : {kNan, std::numeric_limits<double>::infinity(), -0.1, 1.1, 70.0}) {
    EXPECT_THROW(distributions(values, {.failed_below = threshold}), UsageError);
    EXPECT_THROW(read_final_values({}, {.failed_below = threshold}), UsageError);
  }
  for (const double threshold : {0.0, 1.0}) {
    EXPECT_NO_THROW(distributions(values, {.failed_below = threshold}));
  }
  values.higher_is_better = false;
  EXPECT_NO_THROW(distributions(values, {.metric = "hausdorff"}));
  const DistributionOptions of_distance{.metric = "hausdorff", .failed_below = 0.5};
  EXPECT_TRUE(testing::message_of<UsageError>([&] {
                distributions(values, of_distance);
              }).starts_with("--failed-below: hausdorff is a distance"));
}

TEST(Distributions, CountFailuresWithTheirInterval) {
  FinalValues values;
  values.groups = {{"rectified", std::vector<double>(50, 0.9)}, {"boundary", {0.4, 0.5, 0.9, 0.9}}};
  const auto found = distributions(values, {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].n, 50);
  EXPECT_EQ(found[0].steps.size(), 1U);
  EXPECT_EQ(found[0].failed->failures, 0);
  EXPECT_NEAR(found[0].failed->interval.upper, 0.0711, 5e-5);
  // A value at the limit has not failed.
  EXPECT_EQ(found[1].failed->failures, 1);
  EXPECT_EQ(found[1].failed->share, 0.25);
  EXPECT_EQ(found[1].steps.size(), 3U);
}

TEST(Distributions, CountNoFailuresOfADistance) {
  FinalValues values;
  values.higher_is_better = false;
  values.groups = {{"rectified", {10, 20}}};
  EXPECT_FALSE(distributions(values, {})[0].failed.has_value());
}

}  // namespace
}  // namespace regionwise::reporting

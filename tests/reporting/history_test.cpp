#include "reporting/history.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

/// A run validated after epochs 2, 4, …; dice and hausdorff are [validations, 2 classes].
RunSource example_run(const std::string& name,
                      std::uint64_t seed,
                      const std::vector<double>& dice,
                      const std::vector<double>& hausdorff_mm) {
  storage::RunRecord record;
  record.name = name;
  record.seed = seed;
  record.dataset_name = "hearts";
  record.split_hash = "0123";
  record.class_names = {"background", "LV", "RV"};
  record.channels = {"MRI"};
  record.configuration = Json::object();
  record.plan = Json::object();
  record.finished = true;
  record.epoch = static_cast<std::int64_t>(dice.size());
  for (std::size_t i = 0; i < dice.size() / 2; ++i) {
    record.validation.column("epoch", "1").values.push_back(static_cast<double>(2 * i + 2));
  }
  record.validation.column("dice", "1", {"LV", "RV"}).values = dice;
  record.validation.column("hausdorff", "mm", {"LV", "RV"}).values = hausdorff_mm;
  auto& misses = record.validation.column("misses", "1", {"LV", "RV"}).values;
  for (const double distance : hausdorff_mm) misses.push_back(std::isnan(distance) ? 10 : 0);
  return {name + "_" + std::to_string(seed) + ".h5", record};
}

TEST(ValidationCurves, AverageRunsAndClassesAtEachEpoch) {
  const std::vector<RunSource> runs{example_run("dice", 0, {.2, .4, .6, .8}, {1, 1, 1, 1}),
                                    example_run("rectified", 0, {.5, .5, .5, .5}, {1, 1, 1, 1}),
                                    example_run("dice", 1, {.4, .6, .6, .8}, {1, 1, 1, 1})};
  const Curves curves = validation_curves(runs, {});
  EXPECT_EQ(curves.unit, "1");
  ASSERT_EQ(curves.points.size(), 4U);
  const CurvePoint& point = curves.points[0];
  EXPECT_EQ(point.group, "dice");
  EXPECT_EQ(point.class_name, "mean");
  EXPECT_EQ(point.epoch, 2);
  EXPECT_EQ(point.runs, 2);
  EXPECT_NEAR(point.mean, 0.4, 1e-12);
  EXPECT_NEAR(point.min, 0.3, 1e-12);
  EXPECT_NEAR(point.max, 0.5, 1e-12);
  EXPECT_NEAR(point.sd, 0.1 * std::sqrt(2.0), 1e-12);
  EXPECT_EQ(curves.points[1].epoch, 4);
  EXPECT_NEAR(curves.points[1].sd, 0, 1e-12);
  EXPECT_EQ(curves.points[2].group, "rectified");
  EXPECT_TRUE(std::isnan(curves.points[2].sd));
}

TEST(ValidationCurves, GiveTheQuartilesOfTheRuns) {
  std::vector<RunSource> runs;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const double dice = 0.1 * static_cast<double>((seed * 3) % 4 + 1);
    runs.push_back(example_run("dice", seed, {dice, dice}, {kNan, kNan}));
  }
  const CurvePoint point = validation_curves(runs, {}).points.at(0);
  EXPECT_NEAR(point.q1, 0.175, 1e-12);
  EXPECT_NEAR(point.q3, 0.325, 1e-12);
  EXPECT_TRUE(std::isnan(validation_curves(runs, {.metric = "hausdorff"}).points.at(0).q1));
}

TEST(ValidationCurves, KeepClassesApartOnRequest) {
  const std::vector<RunSource> runs{example_run("dice", 0, {.2, .4, .6, .8}, {1, 2, 3, 4})};
  const Curves curves = validation_curves(runs, {.metric = "hausdorff", .by_class = true});
  EXPECT_EQ(curves.unit, "mm");
  ASSERT_EQ(curves.points.size(), 4U);
  EXPECT_EQ(curves.points[1].class_name, "LV");
  EXPECT_EQ(curves.points[1].mean, 3);
  EXPECT_EQ(curves.points[2].class_name, "RV");
  EXPECT_EQ(curves.points[2].mean, 2);
}

TEST(ValidationCurves, LeaveUndefinedValuesOutAndSaySo) {
  const std::vector<RunSource> runs{example_run("dice", 0, {0, 0, .6, .8}, {kNan, kNan, 3, kNan}),
                                    example_run("dice", 1, {0, 0, .6, .8}, {kNan, kNan, 5, 7})};
  const Curves curves = validation_curves(runs, {.metric = "hausdorff"});
  ASSERT_EQ(curves.points.size(), 2U);
  EXPECT_EQ(curves.points[0].epoch, 2);
  EXPECT_TRUE(std::isnan(curves.points[0].mean));
  EXPECT_TRUE(std::isnan(curves.points[0].max));
  EXPECT_EQ(curves.points[0].runs, 0);
  EXPECT_EQ(curves.points[0].misses, 40);
  EXPECT_EQ(curves.points[0].undefined, 4);
  EXPECT_EQ(curves.points[1].epoch, 4);
  EXPECT_EQ(curves.points[1].mean, (3 + 6) / 2.0);
  EXPECT_EQ(curves.points[1].runs, 2);
  EXPECT_EQ(curves.points[1].misses, 10);
  EXPECT_EQ(curves.points[1].undefined, 1);
  const Curves by_class = validation_curves(runs, {.metric = "hausdorff", .by_class = true});
  const CurvePoint& last = by_class.points.back();
  EXPECT_EQ(last.class_name, "RV");
  EXPECT_EQ(last.mean, 7);
  EXPECT_EQ(last.runs, 1);
  EXPECT_EQ(last.misses, 10);
  EXPECT_EQ(last.undefined, 1);
}

TEST(ValidationCurves, RefuseCounts) {
  const std::vector<RunSource> runs{example_run("dice", 0, {.2, .4}, {1, 1})};
  try {
    validation_curves(runs, {.metric = "misses"});
    FAIL() << "a count was taken for a metric";
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "dice_0.h5: \"misses\" is no metric (--metric: dice, hausdorff)");
  }
}

TEST(DescribeFailures, NamesTheFailedRunsOfEachConfiguration) {
  std::vector<RunSource> runs{example_run("dice", 0, {.9, .9}, {1, 1}),
                              example_run("boundary", 3, {.9, 0}, {1, kNan}),
                              example_run("boundary", 1, {.9, .8}, {1, 1}),
                              example_run("boundary", 2, {0, 0}, {kNan, kNan})};
  EXPECT_EQ(describe_failures(runs),
            std::vector<std::string>{
                "boundary: 2 of 3 finished runs failed to converge (seed 3 dead-class: RV lost "
                "since epoch 2; seed 2 background-collapse: LV, RV lost since epoch 2)"});
  for (RunSource& run : runs) run.record.finished = false;
  EXPECT_TRUE(describe_failures(runs).empty());
}

TEST(ValidationCurves, GoOnWhereOneRunIsLonger) {
  const std::vector<RunSource> runs{example_run("dice", 0, {.2, .4, .6, .8}, {1, 1, 1, 1}),
                                    example_run("dice", 1, {.4, .6}, {1, 1})};
  const Curves curves = validation_curves(runs, {});
  ASSERT_EQ(curves.points.size(), 2U);
  EXPECT_EQ(curves.points[0].runs, 2);
  EXPECT_EQ(curves.points[1].runs, 1);
}

TEST(ValidationHistory, SaysWhatIsMissing) {
  RunSource run = example_run("dice", 0, {.2, .4}, {1, 1});
  EXPECT_TRUE(testing::message_of<DataError>([&] {
                validation_history(run, "assd");
              }).starts_with("dice_0.h5: "));
  const auto message = [&](const std::string& metric) {
    return testing::message_of<DataError>([&] { validation_history(run, metric); });
  };
  EXPECT_NE(message("assd").find("(--metric: dice, hausdorff)"), std::string::npos);
  std::erase_if(run.record.validation.columns, [](const auto& one) { return one.name == "dice"; });
  EXPECT_EQ(message("dice"),
            "dice_0.h5: its validations did not measure \"dice\" per class (--metric: hausdorff)");
  // One number per epoch is not a metric per class.
  EXPECT_THROW(validation_history(run, "epoch"), DataError);
  run.record.validation = {};
  EXPECT_EQ(testing::message_of<DataError>([&] { validation_history(run, "dice"); }),
            "dice_0.h5: holds no validation yet: let the training reach one");
}

TEST(ValidationHistory, RefusesEpochsThatAreNone) {
  for (const double epoch : {-1.0, kNan, 1e300}) {
    RunSource run = example_run("dice", 0, {.2, .4}, {1, 1});
    run.record.validation.columns[0].values[0] = epoch;
    EXPECT_NE(testing::message_of<DataError>([&] {
                validation_history(run, "dice");
              }).find("expected at least 0"),
              std::string::npos);
  }
}

class ReadRuns : public ::testing::Test {
 protected:
  std::filesystem::path write(const RunSource& run, const std::string& file) {
    storage::write_run(folder_ / file, run.record, {}, {});
    return folder_ / file;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ReadRuns, ReadsWhatTrainingWrote) {
  const auto file = write(example_run("dice", 7, {.2, .4, .6, .8}, {1, 2, 3, 4}), "a.h5");
  const auto runs = read_runs(std::vector{file});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].record.seed, 7U);
  const ValidationHistory history = validation_history(runs[0], "hausdorff");
  EXPECT_EQ(history.epochs, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(history.class_names, (std::vector<std::string>{"LV", "RV"}));
  EXPECT_EQ(history.values, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(history.unit, "mm");
}

TEST_F(ReadRuns, RefusesARunGivenTwice) {
  const RunSource run = example_run("dice", 7, {.2, .4}, {1, 2});
  const std::vector files{write(run, "a.h5"), write(run, "b.h5")};
  EXPECT_THROW(read_runs(files), DataError);
}

TEST_F(ReadRuns, RefusesRunsOfAnotherSplit) {
  RunSource other = example_run("dice", 8, {.2, .4}, {1, 2});
  other.record.split_hash = "4567";
  const std::vector files{write(example_run("dice", 7, {.2, .4}, {1, 2}), "a.h5"),
                          write(other, "b.h5")};
  const std::string message = testing::message_of<DataError>([&] { read_runs(files); });
  EXPECT_NE(message.find("b.h5: the hash of the split"), std::string::npos) << message;
}

TEST_F(ReadRuns, FilesOfOtherBytesAreSaid) {
  std::vector<RunSource> runs;
  for (const std::uint64_t seed : {7, 8, 9}) {
    runs.push_back(example_run("dice", seed, {.2, .4}, {1, 2}));
    runs.back().record.dataset_hash = "01";
    runs.back().record.maps_hash = "02";
  }
  using Lines = std::vector<std::string>;
  EXPECT_EQ(describe_files(runs), Lines());
  runs[1].record.dataset_hash = "03";
  runs[2].record.dataset_hash = "04";
  runs[2].record.maps_hash = "05";
  const Lines lines{"trained from 3 dataset files of different bytes (" + runs[0].file + " and " +
                        runs[1].file + " among them): their images may differ",
                    "dice: trained with 2 maps files of different bytes (" + runs[0].file +
                        " and " + runs[2].file + "): their maps may differ"};
  EXPECT_EQ(describe_files(runs), lines);
}

TEST(ValidationCurves, RefuseRunsOfOneNameThatAreNoSeedsOfOneConfiguration) {
  std::vector<RunSource> runs{example_run("dice", 7, {.2, .4}, {1, 2}),
                              example_run("dice", 8, {.2, .4}, {1, 2})};
  const auto message = [&] {
    return testing::message_of<DataError>([&] { validation_curves(runs, {}); });
  };
  for (RunSource& run : runs) run.record.configuration = {{"epochs", 6}};
  EXPECT_EQ(message(), "");
  runs[1].record.configuration["epochs"] = 7;
  EXPECT_NE(message().find(runs[0].file + " in /epochs"), std::string::npos) << message();
  runs[1].record.name = "longer";
  EXPECT_EQ(message(), "");
  runs[1] = runs[0];
  runs[1].record.configuration["plan"]["batch_size"] = 3;
  runs[0].record.configuration["plan"]["batch_size"] = 2;
  EXPECT_NE(message().find("/plan/batch_size (a plan may be"), std::string::npos) << message();
}

}  // namespace
}  // namespace regionwise::reporting

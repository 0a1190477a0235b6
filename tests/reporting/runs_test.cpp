#include "reporting/runs.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/error.hpp"
#include "reporting/metrics_examples.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"
#include "support/text.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

MetricsSource plain(const std::string& run = "dice", std::uint64_t seed = 0) {
  return example_source(run, seed, {.5, .6, .7, .8}, {5, 6, 7, 8});
}

std::string data_error(const std::function<void()>& body) {
  return testing::message_of<DataError>(body);
}

using regionwise::testing::holds;

TEST(AverageRuns, AveragesEachCaseAndClass) {
  const std::vector<MetricsSource> sources{
      example_source("dice", 0, {.2, .4, .6, .8}, {1, 2, 3, 4}),
      example_source("dice", 1, {.4, .4, .8, .2}, {3, 4, 5, 6})};
  const AveragedRuns runs = average_runs(sources);
  EXPECT_EQ(runs.name, "dice");
  EXPECT_EQ(runs.runs, 2);
  EXPECT_EQ(runs.patients(), 1);
  EXPECT_EQ(runs.metric("hausdorff").values, (std::vector<double>{2, 3, 4, 5}));
  EXPECT_EQ(runs.values_of(runs.metric("hausdorff"), runs.class_index("RV")),
            (std::vector<double>{3, 5}));
  EXPECT_NEAR(runs.metric("dice").values[0], 0.3, 1e-15);
}

TEST(AverageRuns, LeavesUndefinedRunsOutAndCountsThem) {
  const std::vector<MetricsSource> sources{
      example_source("dice", 0, {.2, .4, .6, .8}, {kNan, 2, 3, kNan}),
      example_source("dice", 1, {.4, .4, .8, .2}, {7, 4, 5, kNan})};
  const AveragedRuns runs = average_runs(sources);
  const auto& metric = runs.metric("hausdorff");
  EXPECT_EQ(metric.values[0], 7);
  EXPECT_TRUE(std::isnan(metric.values[3]));
  // Undefined in all runs is undefined, not partial.
  EXPECT_EQ(metric.partial, (std::vector<std::int64_t>{1, 0}));
}

TEST(AverageRuns, MatchesCasesByIdNotByPosition) {
  MetricsSource turned = plain("dice", 1);
  std::swap(turned.record.case_ids[0], turned.record.case_ids[1]);
  const AveragedRuns runs = average_runs(std::vector{plain("dice", 0), turned});
  EXPECT_EQ(runs.case_ids, (std::vector<std::string>{"a0", "a1"}));
  EXPECT_EQ(runs.metric("hausdorff").values, (std::vector<double>{6, 7, 6, 7}));
}

TEST(AverageRuns, AddsUpMisses) {
  std::vector<MetricsSource> sources{plain("dice", 0), plain("dice", 1)};
  sources[0].record.predicted_voxels = {0, 100, 0, 100};
  sources[1].record.predicted_voxels = {0, 0, 100, 100};
  sources[1].record.reference_voxels = {100, 0, 100, 100};
  EXPECT_EQ(average_runs(sources).misses, (std::vector<std::int64_t>{3, 0}));
}

TEST(AverageRuns, RefusesSeveralConfigurations) {
  const auto message = data_error([] {
    average_runs(std::vector{plain("dice"), plain("rectified")});
  });
  EXPECT_TRUE(holds(message, "rectified_0.h5: of configuration \"rectified\"")) << message;
}

TEST(AveragedRuns, NamesWhatThereIsWhereSomethingIsMissing) {
  const AveragedRuns runs = average_runs(std::vector{plain()});
  EXPECT_TRUE(holds(data_error([&] { runs.metric("nsd"); }), "dice, hausdorff"));
  EXPECT_TRUE(holds(data_error([&] { runs.class_index("M"); }), "LV, RV"));
}

TEST(CheckComparable, AcceptsOtherOrderAndOtherConfiguration) {
  MetricsSource turned = plain("rectified");
  std::swap(turned.record.case_ids[0], turned.record.case_ids[1]);
  turned.record.configuration = {{"epochs", 7}};
  turned.record.mirroring.reset();         // of an older program
  turned.record.spacing_mm[0][2] += 1e-6;  // a header's rounding
  EXPECT_NO_THROW(check_comparable(std::vector{plain(), turned}));
}

TEST(CheckComparable, NamesTheMissingCase) {
  MetricsSource fewer = example_source("dice", 1, {.5, .6}, {5, 6});
  EXPECT_EQ(data_error([&] {
              check_comparable(std::vector{plain(), fewer});
            }),
            "dice_1.h5: lacks case a1, which dice_0.h5 has: evaluate both on the same cases");
  EXPECT_EQ(data_error([&] {
              check_comparable(std::vector{fewer, plain()});
            }),
            "dice_1.h5: lacks case a1, which dice_0.h5 has: evaluate both on the same cases");
}

TEST(CheckComparable, RefusesWhateverDiffers) {
  using Change = std::function<void(storage::MetricsRecord&)>;
  const std::vector<std::pair<std::string, Change>> changes{
      {"rule for empty masks", [](auto& r) { r.empty_rule = "diagonal"; }},
      {"hash of the split", [](auto& r) { r.split_hash = "ff"; }},
      {"the split", [](auto& r) { r.split = "train"; }},
      {"data set", [](auto& r) { r.dataset_name = "brains"; }},
      {"list of classes", [](auto& r) { r.class_names[0] = "M"; }},
      {"list of metrics", [](auto& r) { r.metrics.pop_back(); }},
      {"patient of case a1", [](auto& r) { r.groups[1] = "z"; }},
      {"the voxel spacing of case a1", [](auto& r) { r.spacing_mm[1][2] = 1.25; }},
      {"the number of voxels of RV in the reference of case a0",
       [](auto& r) { r.reference_voxels[1] = 99; }},
      {"mirroring is \"off\", but \"on\"", [](auto& r) { r.mirroring = false; }},
      {"case a0 stands twice", [](auto& r) { r.case_ids[1] = "a0"; }}};
  for (const auto& [what, change] : changes) {
    MetricsSource other = plain("rectified");
    change(other.record);
    const auto message = data_error([&] { check_comparable(std::vector{plain(), other}); });
    EXPECT_TRUE(holds(message, "rectified_0.h5: ") && holds(message, what)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(AverageRuns, RefusesRunsOfOneNameThatAreNoSeedsOfOneConfiguration) {
  MetricsSource first = plain("dice", 1);
  MetricsSource other = plain("dice", 2);
  const auto message = [&] { return data_error([&] { average_runs(std::vector{first, other}); }); };
  first.record.configuration = other.record.configuration = {{"epochs", 6}, {"name", "dice"}};
  EXPECT_EQ(message(), "");
  other.record.configuration["validation"]["every"] = 2;  // changes nothing that is scored
  EXPECT_EQ(message(), "");
  other.record.configuration["failure"]["dice-below"] = 0;
  EXPECT_TRUE(holds(message(), "in /failure/dice-below")) << message();
  other.record.configuration = {{"epochs", 7}, {"name", "dice"}};
  EXPECT_TRUE(holds(message(),
                    "dice_2.h5: its configuration differs from that of dice_1.h5 in /epochs, and "
                    "both are \"dice\""))
      << message();
  // The sides of a test may have one name.
  EXPECT_NO_THROW(check_comparable(std::vector{first, other}));
  first.record.run_name = other.record.run_name = "";  // of another program
  EXPECT_EQ(message(), "");
}

TEST(DescribeFiles, NamesMetricsOfRunsThatTrainedFromOthers) {
  std::vector<MetricsSource> sources{
      plain("dice", 1), plain("dice", 2), plain("dice", 3), plain("other", 1)};
  using Lines = std::vector<std::string>;
  sources[0].record.dataset_hash = sources[0].record.maps_hash = "ab";
  sources[3].record.maps_hash = "cd";           // of another configuration: it may well
  EXPECT_EQ(describe_files(sources), Lines());  // the others are of older programs
  sources[2].record.dataset_hash = sources[2].record.maps_hash = "cd";
  const Lines lines{
      "trained from 2 dataset files of different bytes (dice_1.h5 and dice_3.h5): their images may "
      "differ",
      "dice: trained with 2 maps files of different bytes (dice_1.h5 and dice_3.h5): their maps "
      "may "
      "differ"};
  EXPECT_EQ(describe_files(sources), lines);
}

TEST(CheckComparable, SeesMirroringPastAFileThatSaysNothingOfIt) {
  std::vector<MetricsSource> sources{plain("dice", 1), plain("dice", 2), plain("dice", 3)};
  sources[0].record.mirroring.reset();
  EXPECT_NO_THROW(check_comparable(sources));
  sources[2].record.mirroring = false;
  EXPECT_TRUE(holds(data_error([&] { check_comparable(sources); }),
                    "dice_3.h5: mirroring is \"off\", but \"on\" in dice_2.h5"));
}

TEST(CheckDistinct, RefusesARunGivenTwice) {
  MetricsSource copy = plain("dice", 3);
  copy.file = "copy.h5";
  EXPECT_EQ(data_error([&] {
              check_distinct(std::vector{plain("dice", 3), copy});
            }),
            "copy.h5: run \"dice\" with seed 3 is also in dice_3.h5: give it once");
  EXPECT_EQ(data_error([&] {
              check_distinct(std::vector{plain(), plain()});
            }),
            "dice_0.h5: given twice");
  auto other_path = plain();
  other_path.file = "folder/../dice_0.h5";
  EXPECT_EQ(data_error([&] {
              check_distinct(std::vector{plain(), other_path});
            }),
            "folder/../dice_0.h5: given twice");
  EXPECT_NO_THROW(check_distinct(std::vector{plain("dice", 3), plain("dice", 4)}));
}

TEST(CheckDistinct, AcceptsFilesOfOtherProgramsWithoutRunName) {
  MetricsSource one = plain("");
  MetricsSource two = plain("");
  one.file = "one.h5";
  two.file = "two.h5";
  EXPECT_NO_THROW(check_distinct(std::vector{one, two}));
}

TEST(ByConfiguration, KeepsTheOrderOfAppearance) {
  const auto groups =
      by_configuration(std::vector{plain("rectified", 0), plain("dice", 0), plain("rectified", 1)});
  ASSERT_EQ(groups.size(), 2U);
  ASSERT_EQ(groups[0].size(), 2U);
  EXPECT_EQ(groups[0][1].file, "rectified_1.h5");
  EXPECT_EQ(groups[1][0].file, "dice_0.h5");
}

}  // namespace
}  // namespace regionwise::reporting

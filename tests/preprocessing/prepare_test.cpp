#include "preprocessing/prepare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "core/error.hpp"
#include "metrics/metric.hpp"
#include "storage/dataset_file.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::parse_plan;
using planning::Plan;
using planning::to_json;
using sources::ConversionPreset;
using sources::find_description;
using sources::parse_description;
using sources::SliceConversion;
using testing::bytes_of;
using testing::small_grid;
using testing::TemporaryFolder;

storage::Provenance history() {
  storage::Provenance provenance;
  provenance.program = "prepare-data";
  return provenance;
}

class Prepare : public ::testing::Test {
 protected:
  Prepare() {
    for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
      testing::write_image(image(id), grid_);
      testing::write_label(folder_ / (id + std::string("_gt.nii.gz")), {0, 1, 2}, grid_);
    }
    options_.source.description = parse_description({{"name", "mine"},
                                                     {"layout", "files"},
                                                     {"images", {"{case}.nii.gz"}},
                                                     {"label", "{case}_gt.nii.gz"},
                                                     {"case", "p[0-9]_[a-z]"},
                                                     {"patient", "p[0-9]"},
                                                     {"channels", {"MR"}},
                                                     {"classes", {"background", "a", "b"}},
                                                     {"licence", "CC0"}},
                                                    "mine.json");
    options_.source.root = folder_.path();
    options_.output = folder_ / "d.h5";
  }

  std::filesystem::path image(const std::string& id) const { return folder_ / (id + ".nii.gz"); }
  PrepareSummary run() { return prepare(options_, history(), log_); }

  const storage::ImageGeometry grid_ = small_grid({3, 12, 10});
  TemporaryFolder folder_;
  PrepareOptions options_;
  Log log_{"test", Verbosity::quiet};
};

TEST_F(Prepare, WritesNormalisedCasesWithTheirSplitAndPlan) {
  const PrepareSummary summary = run();
  EXPECT_EQ(summary.training_cases, 3);
  EXPECT_EQ(summary.validation_cases, 1);
  const storage::DatasetReader reader(options_.output);
  ASSERT_EQ(reader.cases().size(), 4U);
  EXPECT_EQ(reader.info().name, "mine");
  EXPECT_EQ(reader.info().licence, "CC0");
  EXPECT_EQ(reader.cases()[1].group, "p1");
  EXPECT_EQ(reader.cases()[2].split, "validation");
  EXPECT_EQ(reader.cases()[0].crop_shape, grid_.shape);
  EXPECT_EQ(reader.cases()[0].source.world_from_voxel, grid_.world_from_voxel);
  double sum = 0;
  double squares = 0;
  for (const float v : reader.image(0)) {
    sum += v;
    squares += v * v;
  }
  EXPECT_NEAR(sum / 360, 0, 1e-5);
  EXPECT_NEAR(squares / 360, 1, 1e-5);
  EXPECT_EQ(reader.label(0).values[2], 2);
  EXPECT_EQ(to_json(parse_plan(reader.info().plan, "plan")), to_json(summary.plan));
  EXPECT_EQ(reader.info().fingerprint["shapes"].size(), 3U);  // training cases only
}

TEST_F(Prepare, SameFilesGiveTheSameBytes) {
  run();
  const std::string first = bytes_of(options_.output);
  options_.output = folder_ / "again.h5";
  run();
  EXPECT_EQ(bytes_of(options_.output), first);
}

TEST_F(Prepare, StopsAtABadCaseAndLeavesNoFile) {
  testing::write_volume(image("p2_a"), grid_, [](std::size_t) { return 7; });
  const std::string message = testing::message_of<Error>([&] { run(); });
  EXPECT_EQ(message.find(image("p2_a").string() + ": case p2_a, channel 0: every voxel"), 0U)
      << message;
  testing::write_volume(image("p2_a"), grid_, [](std::size_t) { return 0; });
  const std::string zero = testing::message_of<Error>([&] { run(); });
  EXPECT_EQ(zero.find(image("p2_a").string() + ": case p2_a: every voxel is 0"), 0U) << zero;
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(Prepare, SkipBadListsWhatItLeavesOut) {
  testing::write_volume(image("p2_a"), grid_, [](std::size_t) { return 7; });
  std::filesystem::remove(folder_ / "p1_b_gt.nii.gz");
  options_.skip_bad = true;
  const PrepareSummary summary = run();
  EXPECT_EQ(summary.skipped_cases, 2);
  const storage::DatasetReader reader(options_.output);
  ASSERT_EQ(reader.cases().size(), 2U);
  EXPECT_EQ(reader.cases()[1].id, "p3_a");
  EXPECT_EQ(reader.cases()[1].split, "train");  // As with all cases present.
  ASSERT_EQ(reader.info().skipped.size(), 2U);
  EXPECT_EQ(reader.info().skipped[0].first, "p1_b");
  EXPECT_NE(reader.info().skipped[1].second.find("same intensity"), std::string::npos);
}

TEST_F(Prepare, CountsCasesThatLackAClassInOneLine) {
  FILE* sink = std::tmpfile();
  Log log("test", Verbosity::normal, sink);
  const auto survey_says = [&](const std::string& id, std::vector<int> labels) {
    testing::write_label(folder_ / (id + "_gt.nii.gz"), std::move(labels), grid_);
    std::rewind(sink);
    plan_data_set(options_, log);
    const auto length = static_cast<std::size_t>(std::ftell(sink));
    std::string text(length, '\0');
    std::rewind(sink);
    EXPECT_EQ(std::fread(text.data(), 1, length, sink), length);
    return text;
  };
  EXPECT_EQ(survey_says("p1_a", {0, 1, 2}), "");
  EXPECT_EQ(survey_says("p1_b", {0}), "test: 1 of 4 cases hold no foreground\n");
  EXPECT_EQ(survey_says("p3_a", {0, 2}),
            "test: 2 of 4 cases lack a class that others hold; 1 hold no foreground\n");
  // What no case holds is another matter.
  survey_says("p1_a", {0, 1});
  survey_says("p2_a", {0, 1});
  EXPECT_EQ(survey_says("p3_a", {0, 1}),
            "test: warning: no case holds class 2 (b)\ntest: 1 of 4 cases hold no foreground\n");
  std::fclose(sink);
}

TEST_F(Prepare, FailsWhereNoCaseIsLeft) {
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
    testing::write_volume(image(id), grid_, [](std::size_t) { return 7; });
  }
  options_.skip_bad = true;
  const std::string message = testing::message_of<Error>([&] { run(); });
  EXPECT_NE(message.find("no case is left"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(Prepare, KeepsDistancesAcrossRemovedSlicesTrue) {
  const storage::ImageGeometry deep = small_grid({5, 12, 10});
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
    testing::write_image(image(id), deep);
    testing::write_volume(folder_ / (id + std::string("_gt.nii.gz")), deep, [](std::size_t i) {
      return i / 120 == 1 || i / 120 == 4 ? (i % 3 == 0 ? 1 : 2) : 0;  // slices 1 and 4
    });
  }
  options_.source.description.slices = SliceConversion{.labelled_only = true, .resize = {}};
  const auto hausdorff_without_last_slice = [&] {
    const storage::DatasetReader reader(options_.output);
    EXPECT_EQ(reader.cases()[0].shape, (Shape3{2, 12, 10}));
    const Volume<Label> reference = reader.source_label(0);
    Volume<Label> prediction = reference;
    std::fill(prediction.values.end() - 120, prediction.values.end(), Label{0});
    auto record = metrics::make_record({"a", "b"}, metrics::EmptyRule::nan_drop, {"hausdorff"});
    metrics::score_case(record,
                        "p1_a",
                        "p1",
                        prediction.view(),
                        reference.view(),
                        reader.cases()[0].source.spacing_mm);
    return record.metric("hausdorff").values[0];
  };
  run();
  EXPECT_EQ(storage::DatasetReader(options_.output).cases()[0].kept_slices,
            (std::vector<std::int64_t>{0, 3}));
  EXPECT_DOUBLE_EQ(hausdorff_without_last_slice(), 12);
  // Cut along another axis, slices with a gap between them would be taken for neighbours.
  std::ofstream(folder_ / "turned.json") << R"({"axis_order": [2, 1, 0], "patch_size": [8, 8],
    "batch_size": 2, "strides": [[2, 2]], "kernels": [[3, 3], [3, 3]]})";
  options_.plan = folder_ / "turned.json";
  options_.write.overwrite = true;
  const std::string refused = testing::message_of<DataError>([&] { run(); });
  EXPECT_NE(refused.find("p1_a: slices between others were removed"), std::string::npos) << refused;
  options_.plan.clear();
  options_.source.preset = ConversionPreset::authors;
  run();
  EXPECT_DOUBLE_EQ(hausdorff_without_last_slice(), 4);
}

TEST_F(Prepare, RefusesAPlanPrintedUnderAnotherConversion) {
  options_.source.description.slices = SliceConversion{.labelled_only = true, .resize = {}};
  options_.source.preset = ConversionPreset::authors;
  std::ofstream(folder_ / "printed.json") << to_json(plan_data_set(options_, log_));
  options_.plan = folder_ / "printed.json";
  run();
  options_.source.preset = ConversionPreset::paper;
  options_.write.overwrite = true;
  const std::string message = testing::message_of<UsageError>([&] { run(); });
  EXPECT_NE(message.find("printed.json:conversion:"), std::string::npos) << message;
}

TEST_F(Prepare, EstimatesAtMostAFewPerCentMoreThanTheFileTakes) {
  const storage::ImageGeometry grid = small_grid({20, 120, 100});
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
    // Two rows of zeros are cropped away.
    testing::write_volume(image(id), grid, [](std::size_t i) {
      return i / 100 % 120 < 2 ? 0 : 100 + static_cast<double>(i % 977);
    });
    testing::write_label(folder_ / (id + std::string("_gt.nii.gz")), {0, 1, 2}, grid);
  }
  const DiskEstimate estimate = estimate_disk(options_, log_);
  run();
  const std::uintmax_t found = std::filesystem::file_size(options_.output);
  EXPECT_EQ(estimate.cases, 4);
  EXPECT_GE(estimate.bytes, found);
  EXPECT_LE(estimate.bytes, found * 21 / 20);
}

TEST_F(Prepare, EstimateRefusesTheHeadersThatPrepareRefuses) {
  for (const char* id : {"p1_a", "p3_a"}) {
    testing::write_label(folder_ / (id + std::string("_gt.nii.gz")), {0, 1}, small_grid());
  }
  const std::string refused = testing::message_of<DataError>([&] { run(); });
  EXPECT_NE(refused.find("2 cases cannot be used"), std::string::npos) << refused;
  EXPECT_EQ(testing::message_of<DataError>([&] { estimate_disk(options_, log_); }), refused);
  options_.skip_bad = true;
  EXPECT_EQ(estimate_disk(options_, log_).cases, 2);
  options_.skip_bad = false;
  testing::write_label(folder_ / "p1_b_gt.nii.gz", {0, 1}, small_grid());
  testing::write_label(folder_ / "p2_a_gt.nii.gz", {0, 1}, small_grid());
  EXPECT_EQ(testing::message_of<DataError>([&] { estimate_disk(options_, log_); }),
            testing::message_of<DataError>([&] { run(); }));
}

TEST_F(Prepare, NamesTheFolderThatCannotBePlanned) {
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
    testing::write_image(image(id), small_grid({3, 5, 5}));
    testing::write_label(folder_ / (id + std::string("_gt.nii.gz")), {0, 1}, small_grid({3, 5, 5}));
  }
  const std::string expected = folder_.path().string() + ": slices of 5 x 5 pixels are too small";
  for (const std::string& message :
       {testing::message_of<DataError>([&] { run(); }),
        testing::message_of<DataError>([&] { estimate_disk(options_, log_); }),
        testing::message_of<DataError>([&] { plan_data_set(options_, log_); })}) {
    EXPECT_EQ(message.find(expected), 0U) << message;
  }
}

TEST_F(Prepare, TurnsTheAxesOfAnNnunetPlanWithTheFiles) {
  storage::ImageGeometry turned;  // x of the file runs along the body, z to the right
  turned.shape = {10, 12, 3};
  turned.spacing_mm = {1, 2, 4};
  turned.world_from_voxel = {{{0, 0, 1, 0}, {0, 2, 0, 0}, {4, 0, 0, 0}}};
  const auto write = [&](const char* id, const storage::ImageGeometry& grid) {
    testing::write_image(image(id), grid);
    testing::write_label(folder_ / (id + std::string("_gt.nii.gz")), {0, 1, 2}, grid);
  };
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) write(id, turned);
  options_.plan = folder_ / "plans.json";
  testing::write_bytes(options_.plan,
                       R"({"plans_name": "nnUNetPlans", "transpose_forward": [2, 0, 1],
    "configurations": {"2d": {"batch_size": 2, "patch_size": [8, 16], "spacing": [1, 2],
      "normalization_schemes": ["ZScoreNormalization"], "use_mask_for_norm": [false],
      "UNet_base_num_features": 8, "unet_max_num_features": 16, "n_conv_per_stage_encoder": [2, 2],
      "n_conv_per_stage_decoder": [2],
      "pool_op_kernel_sizes": [[1, 1], [2, 2]], "conv_kernel_sizes": [[3, 3], [3, 3]]}}})");
  const Plan plan = plan_data_set(options_, log_);
  EXPECT_EQ(plan.axis_order, (std::array<int, 3>{0, 2, 1}));
  EXPECT_EQ(plan.median_shape, (std::array<std::int64_t, 3>{3, 10, 12}));
  run();
  EXPECT_EQ(storage::DatasetReader(options_.output).cases()[0].shape, (Shape3{3, 10, 12}));
  write("p2_a", grid_);
  options_.write.overwrite = true;
  const std::string message = testing::message_of<DataError>([&] { run(); });
  EXPECT_NE(message.find("stored along different axes"), std::string::npos) << message;
}

TEST_F(Prepare, TakesTheFirstPatients) {
  options_.source.patients = 2;
  run();
  const storage::DatasetReader reader(options_.output);
  ASSERT_EQ(reader.cases().size(), 3U);
  EXPECT_EQ(reader.cases()[2].id, "p2_a");
}

TEST_F(Prepare, LabelMapComesBeforeTheClassesOwnNumbers) {
  options_.source.label_map = {{2, 1}};
  run();
  EXPECT_EQ(storage::DatasetReader(options_.output).label(0).values[2], 1);
}

TEST_F(Prepare, RefusesOptionsThatDoNotFit) {
  options_.source.root.clear();
  EXPECT_THROW(run(), UsageError);
  options_.source.root = folder_.path();
  options_.source.patients = -1;
  EXPECT_THROW(run(), UsageError);
}

TEST(PreparePhantom, IsAFunctionOfItsSeed) {
  const TemporaryFolder folder;
  Log log("test", Verbosity::quiet);
  PrepareOptions options;
  options.source.description = find_description("phantom");
  options.source.patients = 2;
  const auto bytes = [&](const std::string& name, std::uint64_t seed, int threads) {
    options.output = folder / name;
    options.source.seed = seed;
    options.source.threads = threads;
    prepare(options, history(), log);
    return bytes_of(options.output);
  };
  const std::string first = bytes("a.h5", 1, 1);
  EXPECT_EQ(bytes("b.h5", 1, 2), first);
  EXPECT_NE(bytes("c.h5", 2, 1), first);
  const storage::DatasetReader reader(folder / "a.h5");
  ASSERT_EQ(reader.cases().size(), 4U);
  EXPECT_EQ(reader.cases()[0].split, reader.cases()[1].split);
  EXPECT_NE(reader.cases()[1].split, reader.cases()[2].split);
}

}  // namespace
}  // namespace regionwise::preprocessing

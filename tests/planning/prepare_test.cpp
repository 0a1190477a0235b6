#include "planning/prepare.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "storage/dataset_file.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::planning {
namespace {

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
    options_.description = parse_description({{"name", "mine"},
                                              {"layout", "files"},
                                              {"images", {"{case}.nii.gz"}},
                                              {"label", "{case}_gt.nii.gz"},
                                              {"case", "p[0-9]_[a-z]"},
                                              {"patient", "p[0-9]"},
                                              {"channels", {"MR"}},
                                              {"classes", {"background", "a", "b"}},
                                              {"licence", "CC0"}},
                                             "mine.json");
    options_.root = folder_.path();
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
  EXPECT_NE(message.find("case p2_a"), std::string::npos) << message;
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

TEST_F(Prepare, FailsWhereNoCaseIsLeft) {
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p3_a"}) {
    testing::write_volume(image(id), grid_, [](std::size_t) { return 7; });
  }
  options_.skip_bad = true;
  const std::string message = testing::message_of<Error>([&] { run(); });
  EXPECT_NE(message.find("no case is left"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(Prepare, TakesTheFirstPatients) {
  options_.patients = 2;
  run();
  const storage::DatasetReader reader(options_.output);
  ASSERT_EQ(reader.cases().size(), 3U);
  EXPECT_EQ(reader.cases()[2].id, "p2_a");
}

TEST_F(Prepare, LabelMapComesBeforeTheClassesOwnNumbers) {
  options_.label_map = {{2, 1}};
  run();
  EXPECT_EQ(storage::DatasetReader(options_.output).label(0).values[2], 1);
}

TEST_F(Prepare, RefusesOptionsThatDoNotFit) {
  options_.root.clear();
  EXPECT_THROW(run(), UsageError);
  options_.root = folder_.path();
  options_.patients = -1;
  EXPECT_THROW(run(), UsageError);
}

TEST(PreparePhantom, IsAFunctionOfItsSeed) {
  const TemporaryFolder folder;
  Log log("test", Verbosity::quiet);
  PrepareOptions options;
  options.description = find_description("phantom");
  options.patients = 2;
  const auto bytes = [&](const std::string& name, std::uint64_t seed, int threads) {
    options.output = folder / name;
    options.seed = seed;
    options.threads = threads;
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
}  // namespace regionwise::planning

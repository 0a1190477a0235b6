#include "planning/file_plans.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "planning/planner.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::planning {
namespace {

using Lines = std::vector<std::string>;
using testing::TemporaryFolder;
namespace examples = storage::testing;

Json sound_plan() {
  Fingerprint hearts;
  hearts.shapes.assign(20, {9, 64, 64});
  hearts.spacings_mm.assign(20, {10, 1, 1});
  hearts.modalities = {"MR"};
  return to_json(make_plan(hearts));
}

storage::RunRecord sound_run() {
  auto run = examples::make_run();
  run.plan = sound_plan();
  run.configuration = {{"name", "dice"},
                       {"loss", {{"name", "dice"}}},
                       {"epochs", 3},
                       {"iterations-per-epoch", 2},
                       {"plan", sound_plan()}};
  return run;
}

Lines plan_problems(const std::filesystem::path& path) {
  auto check = storage::check_file(path);
  check.problems.clear();
  check_plans(path, check);
  return check.problems;
}

Lines problems_of(const storage::RunRecord& run) {
  const TemporaryFolder folder;
  storage::write_run(folder / "r.h5", run, examples::make_provenance(), {});
  return plan_problems(folder / "r.h5");
}

TEST(FilePlans, OfSoundFilesHaveNoProblem) {
  EXPECT_EQ(problems_of(sound_run()), Lines{});
  const TemporaryFolder folder;
  storage::write_metrics(
      folder / "e.h5", examples::make_metrics(), examples::make_provenance(), {});
  EXPECT_EQ(plan_problems(folder / "e.h5"), Lines{}) << "which have no plan";
}

TEST(FilePlans, ThatCannotBeReadAreNamed) {
  const TemporaryFolder folder;
  examples::write_example_dataset(folder / "d.h5");  // whose plan is no plan
  EXPECT_EQ(plan_problems(folder / "d.h5"), Lines{"/plan:patch_size: missing"});

  auto run = sound_run();
  run.plan["patch_size"] = {60, 64};
  run.configuration["epochs"] = 0;
  run.epoch = 0;
  const Lines two = problems_of(run);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_TRUE(two[0].starts_with("/plan")) << two[0];
  EXPECT_EQ(two[1], "/configuration:epochs: expected a whole number above 0");

  run = sound_run();
  run.configuration["loss"] = "dice";
  EXPECT_EQ(problems_of(run), Lines{"/configuration:loss: expected a JSON object"});
  run = sound_run();
  run.configuration["plan"].erase("strides");
  EXPECT_EQ(problems_of(run), Lines{"/configuration:plan.strides: missing"});
  run = sound_run();
  run.epoch = 999;
  EXPECT_EQ(problems_of(run),
            Lines{"/configuration:epochs: expected as many as the training has done, or more"});
}

}  // namespace
}  // namespace regionwise::planning

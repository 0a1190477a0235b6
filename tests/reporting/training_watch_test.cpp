#include "reporting/training_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

namespace fs = std::filesystem;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

constexpr std::chrono::seconds kPatience{60};

storage::RunRecord example() {
  storage::RunRecord record;
  record.name = "boundary";
  record.class_names = {"background", "LV"};
  record.configuration = Json::object();
  record.plan = Json::object();
  record.epoch = 1;
  record.finished = true;
  record.training.column("epoch", "1").values = {1};
  record.validation.column("epoch", "1").values = {1};
  record.validation.column("dice", "1", {"LV"}).values = {0.5};
  return record;
}

TEST(TrainingWatch, ReadsAFinishedRunOnceUntilItIsReplaced) {
  const TemporaryFolder folder;
  const fs::path output = folder / "a.run.h5";
  TrainingWatch watch(output);
  watch.look("dice", kPatience);
  EXPECT_FALSE(watch.seen() || watch.ended()) << "it is waited for";
  storage::write_run(output, example(), {}, {});
  watch.look("dice", kPatience);
  ASSERT_TRUE(watch.finished() && watch.ended());

  // The same file, by all that can be told without reading it.
  const auto time = fs::last_write_time(output);
  std::fstream(output, std::ios::in | std::ios::out | std::ios::binary) << "damaged";
  fs::last_write_time(output, time);
  watch.look("dice", kPatience);
  EXPECT_TRUE(watch.finished());
  fs::last_write_time(output, time + std::chrono::seconds(1));
  watch.look("dice", kPatience);
  EXPECT_TRUE(watch.problem()) << "it changed, and is read";
  storage::write_run(output, example(), {}, {.overwrite = true});
  watch.look("dice", kPatience);
  EXPECT_TRUE(watch.finished()) << "a problem need not last";
}

TEST(TrainingWatch, KeepsWhatIsWrongToItself) {
  const TemporaryFolder folder;
  const fs::path output = folder / "a.run.h5";
  write_bytes(live_history_path(output), "{}\n");
  TrainingWatch watch(output);
  EXPECT_NO_THROW(watch.look("dice", kPatience));
  ASSERT_TRUE(watch.problem());
  EXPECT_EQ(watch.problem()->code(), ExitCode::bad_data);
  EXPECT_TRUE(watch.ended());
  EXPECT_FALSE(watch.finished() || watch.given_up());
  write_live_history(live_history_path(output), example(), 9);
  watch.look("hausdorff", kPatience);
  EXPECT_TRUE(watch.problem()) << "not measured";
  watch.look("dice", kPatience);
  EXPECT_FALSE(watch.problem() || watch.ended());
  watch.look("dice", std::chrono::seconds(0));
  EXPECT_TRUE(watch.given_up() && watch.ended());
}

}  // namespace
}  // namespace regionwise::reporting

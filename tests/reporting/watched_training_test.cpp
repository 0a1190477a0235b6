#include "reporting/watched_training.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "core/error.hpp"
#include "storage/output_lock.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

namespace fs = std::filesystem;
using regionwise::testing::TemporaryFolder;

/// `epochs` epochs of a training, validated after the last.
storage::RunRecord example(std::uint64_t seed, int epochs) {
  storage::RunRecord record;
  record.name = "boundary";
  record.seed = seed;
  record.dataset_name = "phantom";
  record.split_hash = "0123";
  record.class_names = {"background", "LV"};
  record.configuration = Json::object();
  record.plan = Json::object();
  record.epoch = epochs;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    record.training.column("epoch", "1").values.push_back(epoch);
    record.training.column("loss", "1").values.push_back(-0.1 * epoch);
  }
  record.validation.column("epoch", "1").values = {static_cast<double>(epochs)};
  record.validation.column("dice", "1", {"LV"}).values = {0.5};
  return record;
}

void write_output(const fs::path& output, const storage::RunRecord& record) {
  storage::RunRecord finished = record;
  finished.finished = true;
  storage::write_run(output, finished, {}, {.overwrite = true});
}

/// Makes `file` so many seconds newer than `other`.
void make_newer(const fs::path& file, const fs::path& other, int seconds) {
  fs::last_write_time(file, fs::last_write_time(other) + std::chrono::seconds(seconds));
}

TEST(WatchedTraining, IsGivenUpOnceItStandsStillAndNobodyHoldsIt) {
  const TemporaryFolder folder;
  const fs::path model = folder / "model-1.run.h5";
  const fs::path attempt = folder / "model-1.seed-7.run.h5";
  write_live_history(live_history_path(attempt), example(7, 2), 9);
  const auto seen = look_at_training(model);
  ASSERT_TRUE(seen);
  using std::chrono::seconds;
  EXPECT_FALSE(is_given_up(model, *seen, seconds(60)));
  fs::last_write_time(seen->source, fs::last_write_time(seen->source) - seconds(120));
  EXPECT_TRUE(is_given_up(model, *seen, seconds(60)));
  EXPECT_FALSE(is_given_up(model, *seen, seconds(600)));
  for (const auto& held : {model, attempt, folder / "model-1.seed-8.run.h5"}) {
    const storage::OutputLock lock(held);
    EXPECT_FALSE(is_given_up(model, *seen, seconds(60))) << held;
  }
  const storage::OutputLock of_another(folder / "model-2.run.h5");
  EXPECT_TRUE(is_given_up(model, *seen, seconds(60)));
  write_output(model, example(7, 9));
  EXPECT_FALSE(is_given_up(model, *look_at_training(model), seconds(0)));
}

TEST(WatchedTraining, IsNamedByItsOutputOrItsHistory) {
  EXPECT_EQ(output_of("a/b.run.h5.history.jsonl"), fs::path("a/b.run.h5"));
  EXPECT_EQ(output_of("a/b.run.h5"), fs::path("a/b.run.h5"));
  EXPECT_EQ(output_of(".history.jsonl"), fs::path(".history.jsonl"));
}

TEST(WatchedTraining, OfATryBelongsToItsModel) {
  EXPECT_EQ(model_of("a/model-1.seed-1001.run.h5"), fs::path("a/model-1.run.h5"));
  for (const auto* other : {"a/model-1.run.h5", "seed-1.run.h5", "a/x.seed-1.run.h5.old"}) {
    EXPECT_EQ(model_of(other), fs::path(other));
  }
}

TEST(WatchedTraining, IsSeenFromItsFirstEpochOn) {
  const TemporaryFolder folder;
  EXPECT_FALSE(look_at_training(folder / "x.h5"));
  EXPECT_FALSE(look_at_training(folder / "no folder/x.h5"));
  write_live_history(folder / "x.h5.history.jsonl", example(1, 3), 3);
  const auto running = look_at_training(folder / "x.h5");
  ASSERT_TRUE(running);
  EXPECT_FALSE(running->history.record.finished) << "its output is not there yet";
  write_output(folder / "x.h5", example(1, 3));
  EXPECT_TRUE(look_at_training(folder / "x.h5")->history.record.finished);
}

TEST(WatchedTraining, IsTheNewerOneWhereAnOutputIsReplaced) {
  const TemporaryFolder folder;
  write_output(folder / "x.h5", example(1, 3));
  for (const auto& [seed, epochs] : {std::pair<std::uint64_t, int>{2, 3}, {1, 2}}) {
    write_live_history(folder / "x.h5.history.jsonl", example(seed, epochs), 3);
    make_newer(folder / "x.h5.history.jsonl", folder / "x.h5", 1);
    const auto seen = look_at_training(folder / "x.h5");
    EXPECT_EQ(seen->history.record.seed, seed);
    EXPECT_EQ(seen->history.record.epoch, epochs);
    EXPECT_FALSE(seen->history.record.finished);
    make_newer(folder / "x.h5.history.jsonl", folder / "x.h5", -1);
    EXPECT_TRUE(look_at_training(folder / "x.h5")->history.record.finished);
  }
}

TEST(WatchedTraining, IsFinishedThoughACopyTurnedTheTimesRound) {
  const TemporaryFolder folder;
  write_output(folder / "x.h5", example(1, 3));
  write_live_history(folder / "x.h5.history.jsonl", example(1, 3), 3);
  make_newer(folder / "x.h5.history.jsonl", folder / "x.h5", 1);
  EXPECT_TRUE(look_at_training(folder / "x.h5")->history.record.finished);
}

TEST(WatchedTraining, OfAModelIsItsLastTryUntilOneConverges) {
  const TemporaryFolder folder;
  const fs::path first = folder / "model-1.seed-1.run.h5";
  const fs::path second = folder / "model-1.seed-1001.run.h5.history.jsonl";
  write_output(first, example(1, 3));
  write_live_history(second, example(1001, 2), 3);
  write_live_history(folder / "model-11.seed-11.run.h5.history.jsonl", example(11, 1), 3);
  make_newer(second, first, 1);
  make_newer(folder / "model-11.seed-11.run.h5.history.jsonl", first, 2);
  EXPECT_EQ(look_at_training(folder / "model-1.run.h5")->history.record.seed, 1001U);
  make_newer(second, first, -1);
  const auto seen = look_at_training(folder / "model-1.run.h5");
  EXPECT_EQ(seen->history.record.seed, 1U);
  EXPECT_EQ(seen->source, first);
  EXPECT_FALSE(seen->history.record.finished) << "that try may have failed";
  fs::create_hard_link(first, folder / "model-1.run.h5");
  EXPECT_TRUE(look_at_training(folder / "model-1.run.h5")->history.record.finished);
}

TEST(WatchedTraining, IsRefusedWhereItsFileIsDamaged) {
  const TemporaryFolder folder;
  std::ofstream(folder / "x.h5") << "no run";
  EXPECT_THROW(look_at_training(folder / "x.h5"), DataError);
  std::ofstream(folder / "y.h5.history.jsonl") << "no history";
  EXPECT_THROW(look_at_training(folder / "y.h5"), DataError);
}

}  // namespace
}  // namespace regionwise::reporting

#include "reporting/sign_counts.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "storage/run_file.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using testing::message_of;

class ReadSignCounts : public ::testing::Test {
 protected:
  storage::RunRecord run(std::uint64_t seed) {
    storage::RunRecord record;
    record.name = "boundary";
    record.seed = seed;
    record.dataset_name = "phantom";
    record.class_names = {"background", "RV", "LV"};
    record.configuration = Json::object();
    record.plan = Json::object();
    storage::SignRecord& signs = record.signs.emplace();
    signs.asked = {1, 4, 9};
    signs.epochs = {1, 4};
    signs.map = {{"name", "boundary"}};
    signs.slices = {{"p2", 7, 1, 3, {0, 1, 2}, {1, 2, 0, 1, 1, 2}}};
    signs.pixels = {10, 60, 30, 0, 75, 25};
    return record;
  }
  std::filesystem::path write(const storage::RunRecord& record) {
    const auto file = folder_ / (std::to_string(record.seed) + ".run.h5");
    storage::write_run(file, record, {}, {.overwrite = true});
    return file;
  }
  std::string refusal(const storage::RunRecord& second) {
    const std::vector files{write(run(1)), write(second)};
    return message_of<DataError>([&] { read_sign_counts(files); });
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ReadSignCounts, GivesARowAPixelAndTotals) {
  const std::vector files{write(run(1)), write(run(2))};
  const SignCounts counts = read_sign_counts(files);
  ASSERT_EQ(counts.rows.size(), 12U);
  EXPECT_EQ(counts.class_names.size(), 3U);
  EXPECT_EQ(counts.map.at("name"), "boundary");
  const SignRow& row = counts.rows[11];  // seed 2, epoch 4, the last pixel
  EXPECT_EQ(row.seed, 2U);
  EXPECT_EQ(row.epoch, 4);
  EXPECT_EQ(row.case_id, "p2");
  EXPECT_EQ(row.slice, 7);
  EXPECT_EQ(row.row, 0);
  EXPECT_EQ(row.column, 2);
  EXPECT_EQ(row.label, 2);
  EXPECT_EQ(row.negatives, 2);
  EXPECT_EQ(counts.rows[1].negatives, 2);
  ASSERT_EQ(counts.totals.size(), 4U);
  EXPECT_EQ(counts.totals[0].share(2), 0.3);
  EXPECT_EQ(counts.totals[3].share(1), 0.75);
}

TEST_F(ReadSignCounts, SaysWhichRecordsARunDidNotReach) {
  storage::RunRecord whole = run(1);
  whole.signs->asked = {4, 1};
  storage::RunRecord failed = run(2);
  failed.signs->asked = {1, 20, 4, 9};
  failed.finished = true;
  failed.outcome = storage::RunOutcome{"diverged", {}, 5, false};
  storage::RunRecord running = run(3);
  running.epoch = 7;
  const std::vector files{write(whole), write(failed), write(running)};
  EXPECT_EQ(read_sign_counts(files).cut_short,
            (std::vector<std::string>{
                "boundary, seed 2: stopped before epochs 9, 20 (diverged: not finite in epoch 5)",
                "boundary, seed 3: stopped before epoch 9 (not finished: it stands at epoch 7)"}));
}

TEST_F(ReadSignCounts, RefusesRunsThatDoNotCompare) {
  storage::RunRecord none = run(2);
  none.signs.reset();
  EXPECT_NE(refusal(none).find("holds no sign counts"), std::string::npos);
  storage::RunRecord early = run(2);
  early.signs->epochs.clear();
  early.signs->pixels.clear();
  early.signs->slices.clear();
  EXPECT_NE(refusal(early).find("holds no sign counts"), std::string::npos);
  storage::RunRecord other = run(2);
  other.signs->map = {{"name", "rectified"}};
  EXPECT_NE(refusal(other).find("its map is not that"), std::string::npos);
  storage::RunRecord odd = run(2);
  odd.signs->pixels = {10, 90, 0, 100};
  EXPECT_NE(refusal(odd).find("/signs/pixels"), std::string::npos);
}

}  // namespace
}  // namespace regionwise::reporting

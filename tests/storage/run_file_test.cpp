#include "storage/run_file.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "storage/damage.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::bytes_of;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using testing::Damage;
using testing::make_provenance;
using testing::make_run;

void expect_same(const std::vector<NamedArray>& found, const std::vector<NamedArray>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].name, expected[i].name);
    EXPECT_EQ(found[i].element_type, expected[i].element_type);
    EXPECT_EQ(found[i].extents, expected[i].extents);
    EXPECT_EQ(found[i].bytes, expected[i].bytes);
  }
}

void expect_same(const HistoryTable& found, const HistoryTable& expected) {
  ASSERT_EQ(found.columns.size(), expected.columns.size());
  for (std::size_t i = 0; i < found.columns.size(); ++i) {
    EXPECT_EQ(found.columns[i].name, expected.columns[i].name);
    EXPECT_EQ(found.columns[i].unit, expected.columns[i].unit);
    EXPECT_EQ(found.columns[i].labels, expected.columns[i].labels);
    EXPECT_EQ(found.columns[i].values, expected.columns[i].values);
  }
}

TEST(RunFile, ListsReplacedSeedsAlsoWhereThereAreNone) {
  const TemporaryFolder folder;
  RunRecord run = make_run();
  run.replaced_seeds.clear();
  write_run(folder / "r.h5", run, make_provenance(), {});
  const Hdf5Reader file(folder / "r.h5");
  ASSERT_TRUE(file.exists("/replaced_seeds"));
  EXPECT_TRUE(file.read<std::uint64_t>("/replaced_seeds", {0}).empty());
}

TEST(RunFile, ReadsWhatWasWrittenInTheOrderGiven) {
  const TemporaryFolder folder;
  const auto expected = make_run();
  write_run(folder / "r.h5", expected, make_provenance(), {});
  const auto run = read_run(folder / "r.h5");
  EXPECT_EQ(run.name, expected.name);
  EXPECT_EQ(run.seed, expected.seed);
  EXPECT_EQ(run.configuration, expected.configuration);
  EXPECT_EQ(run.dataset_name, expected.dataset_name);
  EXPECT_EQ(run.dataset_hash, expected.dataset_hash);
  EXPECT_EQ(run.split_hash, expected.split_hash);
  EXPECT_EQ(run.class_names, expected.class_names);
  EXPECT_EQ(run.channels, expected.channels);
  EXPECT_EQ(run.plan, expected.plan);
  EXPECT_FALSE(run.finished);
  EXPECT_EQ(run.epoch, 2);
  EXPECT_EQ(run.iteration, 7);
  expect_same(run.weights, expected.weights);
  expect_same(run.optimizer, expected.optimizer);
  expect_same(run.partial_epoch, expected.partial_epoch);
  expect_same(run.training, expected.training);
  expect_same(run.validation, expected.validation);
}

TEST(RunFile, NamesAreTextOfOneLine) {
  const TemporaryFolder folder;
  const auto refuses = [&](RunRecord run) {
    write_run(folder / "r.h5", run, make_provenance(), {.overwrite = true});
    const std::string message = message_of<DataError>([&] { read_run(folder / "r.h5"); });
    EXPECT_NE(message.find("without control characters"), std::string::npos) << message;
    EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
  };
  RunRecord run = make_run();
  run.name = "a\n# b";
  refuses(run);
  run = make_run();
  run.class_names[1] = "\x1b[2J";
  refuses(run);
  run = make_run();
  run.validation.columns[0].labels[1] = "a\tb";
  refuses(run);
  run = make_run();
  run.dataset_name = "\xff";
  refuses(run);
  run = make_run();
  run.outcome = RunOutcome{"dead-class", {"a\nb"}, 1, false};
  refuses(run);
}

TEST(RunFile, HoldsWhatBecameOfTheTraining) {
  const TemporaryFolder folder;
  auto expected = make_run();
  write_run(folder / "r.h5", expected, make_provenance(), {});
  EXPECT_EQ(read_run(folder / "r.h5").outcome, std::nullopt);
  EXPECT_TRUE(read_run(folder / "r.h5").replaced_seeds.empty());

  expected.outcome = RunOutcome{"dead-class", {"heart", "aorta"}, 24, true};
  expected.replaced_seeds = {1, 18446744073709551615ULL};
  write_run(folder / "r.h5", expected, make_provenance(), {0, true});
  const auto run = read_run(folder / "r.h5");
  EXPECT_EQ(run.outcome, expected.outcome);
  EXPECT_TRUE(run.outcome->failed());
  EXPECT_EQ(run.replaced_seeds, expected.replaced_seeds);

  expected.outcome = RunOutcome{};
  write_run(folder / "r.h5", expected, make_provenance(), {0, true});
  EXPECT_FALSE(read_run(folder / "r.h5").outcome->failed());
}

TEST(RunFile, ReadsFilesOfTheFirstVersion) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", make_run(), make_provenance(), {});
  Damage(folder / "r.h5").set("/", "format_version", {1}).remove("/replaced_seeds");
  const auto run = read_run(folder / "r.h5");
  EXPECT_EQ(run.outcome, std::nullopt);
  EXPECT_TRUE(run.replaced_seeds.empty());
  EXPECT_FALSE(run.signs.has_value());
}

TEST(RunFile, HoldsSignCounts) {
  const TemporaryFolder folder;
  auto expected = make_run();
  SignRecord& signs = expected.signs.emplace();
  signs.asked = {1, 3};
  write_run(folder / "r.h5", expected, make_provenance(), {});
  EXPECT_EQ(read_run(folder / "r.h5").signs->asked, signs.asked);
  EXPECT_TRUE(read_run(folder / "r.h5").signs->epochs.empty());

  signs.epochs = {1};
  signs.map = Json{{"name", "boundary"}};
  signs.slices = {{"b", 4, 1, 2, {0, 1}, {1, 0}}, {"a", 0, 2, 1, {1, 1}, {0, 1}}};
  signs.pixels = {90, 10};
  write_run(folder / "r.h5", expected, make_provenance(), {0, true});
  const auto found = read_run(folder / "r.h5").signs;
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->epochs, signs.epochs);
  EXPECT_EQ(found->map, signs.map);
  EXPECT_EQ(found->pixels, signs.pixels);
  ASSERT_EQ(found->slices.size(), 2U);
  EXPECT_EQ(found->slices[0].case_id, "b");
  EXPECT_EQ(found->slices[0].index, 4);
  EXPECT_EQ(found->slices[1].height, 2);
  EXPECT_EQ(found->slices[1].width, 1);
  EXPECT_EQ(found->slices[0].labels, signs.slices[0].labels);
  EXPECT_EQ(found->slices[1].negatives, signs.slices[1].negatives);

  signs.slices[0].labels.push_back(0);
  EXPECT_EQ(
      message_of<DataError>([&] { write_run(folder / "s.h5", expected, make_provenance(), {}); }),
      (folder / "s.h5").string() + ":/signs/slices/0001/label: expected a label a pixel");
}

TEST(RunFile, LeavesStateOutWhereItIsNotAskedFor) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", make_run(), make_provenance(), {});
  const auto run = read_run(folder / "r.h5", false);
  EXPECT_TRUE(run.optimizer.empty());
  EXPECT_TRUE(run.partial_epoch.empty());
  EXPECT_EQ(run.weights.size(), 2U);
}

TEST(RunFile, HoldsARunThatHasNotBegun) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", {}, make_provenance(), {});
  const auto run = read_run(folder / "r.h5");
  EXPECT_EQ(run.training.rows(), 0);
  EXPECT_TRUE(run.weights.empty());
}

TEST(RunFile, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  write_run(folder / "r.h5", make_run(), make_provenance(), {});
  write_run(folder / "s.h5", make_run(), make_provenance(), {});
  EXPECT_TRUE(bytes_of(folder / "r.h5") == bytes_of(folder / "s.h5"));
}

TEST(RunFile, RefusesColumnsOfDifferentLengths) {
  const TemporaryFolder folder;
  auto run = make_run();
  run.training.column("loss", "1").values.push_back(0.25);
  EXPECT_EQ(message_of<DataError>([&] { write_run(folder / "r.h5", run, make_provenance(), {}); }),
            (folder / "r.h5").string() + ":/history/training/loss: expected 2 rows");
}

TEST(RunFile, NoticesDamage) {
  const TemporaryFolder folder;
  const auto place = (folder / "r.h5").string();
  write_run(folder / "r.h5", make_run(), make_provenance(), {});
  Damage(folder / "r.h5").remove("/weights/a.bias");
  EXPECT_EQ(message_of<DataError>([&] { read_run(folder / "r.h5"); }),
            place + ":/weights/a.bias: missing");
  write_run(folder / "r.h5", make_run(), make_provenance(), {0, true});
  Damage(folder / "r.h5").replace("/weights/a.bias", H5T_STD_I8LE, {2});
  EXPECT_EQ(message_of<DataError>([&] { read_run(folder / "r.h5"); }),
            place + ":/weights/a.bias: expected float32, float64 or int64, found int8");
  write_run(folder / "r.h5", make_run(), make_provenance(), {0, true});
  Damage(folder / "r.h5").set("/", "epoch", {-1});
  EXPECT_EQ(message_of<DataError>([&] { read_run(folder / "r.h5"); }),
            place + ":/: expected epoch and iteration of at least 0");
}

TEST(HistoryTable, MakesAColumnOnce) {
  HistoryTable table;
  table.column("dice", "1", {"a", "b"}).values = {1, 2, 3, 4};
  EXPECT_EQ(table.column("dice", "1").values.size(), 4U);
  EXPECT_EQ(table.columns.size(), 1U);
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.find("loss"), nullptr);
  EXPECT_EQ(table.find("dice")->labels.size(), 2U);
}

}  // namespace
}  // namespace regionwise::storage

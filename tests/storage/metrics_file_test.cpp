#include "storage/metrics_file.hpp"

#include <gtest/gtest.h>

#include <cmath>

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
using testing::make_metrics;
using testing::make_provenance;

TEST(MetricsFile, ReadsWhatWasWritten) {
  const TemporaryFolder folder;
  const auto expected = make_metrics();
  write_metrics(folder / "e.h5", expected, make_provenance(), {});
  const auto record = read_metrics(folder / "e.h5");
  EXPECT_EQ(record.case_ids, expected.case_ids);
  EXPECT_EQ(record.groups, expected.groups);
  EXPECT_EQ(record.spacing_mm, expected.spacing_mm);
  EXPECT_EQ(record.class_names, expected.class_names);
  EXPECT_EQ(record.predicted_voxels, expected.predicted_voxels);
  EXPECT_EQ(record.reference_voxels, expected.reference_voxels);
  EXPECT_EQ(record.empty_rule, expected.empty_rule);
  EXPECT_EQ(record.mirroring, expected.mirroring);
  EXPECT_EQ(record.class_shares, expected.class_shares);
  EXPECT_EQ(record.run_name, expected.run_name);
  EXPECT_EQ(record.seed, expected.seed);
  EXPECT_EQ(record.configuration, expected.configuration);
  EXPECT_EQ(record.dataset_name, expected.dataset_name);
  EXPECT_EQ(record.split, expected.split);
  EXPECT_EQ(record.split_hash, expected.split_hash);
  ASSERT_EQ(record.metrics.size(), 2U);
  EXPECT_EQ(record.metrics[0].name, "hausdorff");
  EXPECT_EQ(record.metrics[0].unit, "mm");
  EXPECT_FALSE(record.metrics[0].higher_is_better);
  EXPECT_TRUE(std::isnan(record.metrics[0].values[5]));
  EXPECT_TRUE(record.metric("dice").higher_is_better);
  EXPECT_EQ(record.metric("dice").values, expected.metrics[1].values);
}

TEST(MetricsFile, KnowsOfMirroringOrSaysNothing) {
  const TemporaryFolder folder;
  auto record = make_metrics();
  for (const std::optional<bool> known : {std::optional(true), {false}, {}}) {
    record.mirroring = known;
    write_metrics(folder / "e.h5", record, make_provenance(), {.overwrite = true});
    EXPECT_EQ(read_metrics(folder / "e.h5").mirroring, known);
  }
  // An older program said it in the provenance alone.
  for (const bool known : {true, false}) {
    auto provenance = make_provenance();
    provenance.configuration = {{"mirroring", known}};
    write_metrics(folder / "e.h5", record, provenance, {.overwrite = true});
    EXPECT_EQ(read_metrics(folder / "e.h5").mirroring, std::optional(known));
  }
}

TEST(MetricsFile, KnowsWhatTheRunTrainedWithOrSaysNothing) {
  const TemporaryFolder folder;
  auto record = make_metrics();
  for (const char* hash : {"", "ab"}) {
    record.dataset_hash = record.maps_hash = hash;
    write_metrics(folder / "e.h5", record, make_provenance(), {.overwrite = true});
    EXPECT_EQ(read_metrics(folder / "e.h5").maps_hash, hash);
    EXPECT_EQ(read_metrics(folder / "e.h5").dataset_hash, hash);
  }
}

TEST(MetricsFile, NamesAreTextOfOneLine) {
  const TemporaryFolder folder;
  for (const std::string name : {"a\tb", "a\nb", "\x1b[2J"}) {
    const auto refuses = [&](MetricsRecord record) {
      EXPECT_THROW(write_metrics(folder / "e.h5", record, make_provenance(), {}), DataError)
          << name;
    };
    MetricsRecord record = make_metrics();
    record.run_name = name;
    refuses(record);
    record = make_metrics();
    record.case_ids[1] = name;
    refuses(record);
    record = make_metrics();
    record.class_names[0] = name;
    refuses(record);
  }
}

TEST(MetricsFile, ListsReplacedSeedsAlsoWhereThereAreNone) {
  const TemporaryFolder folder;
  MetricsRecord record = make_metrics();
  record.outcome.reset();
  record.replaced_seeds.clear();
  write_metrics(folder / "e.h5", record, make_provenance(), {});
  const Hdf5Reader file(folder / "e.h5");
  EXPECT_FALSE(file.exists("/outcome"));
  ASSERT_TRUE(file.exists("/replaced_seeds"));
  EXPECT_TRUE(file.read<std::uint64_t>("/replaced_seeds", {0}).empty());
}

TEST(MetricsFile, HoldsTheOutcomeOfItsRun) {
  const TemporaryFolder folder;
  auto expected = make_metrics();
  expected.outcome = RunOutcome{"diverged", {}, 3, true};
  expected.replaced_seeds = {1, 4};
  write_metrics(folder / "e.h5", expected, make_provenance(), {});
  EXPECT_EQ(read_metrics(folder / "e.h5").outcome, expected.outcome);
  EXPECT_EQ(read_metrics(folder / "e.h5").replaced_seeds, expected.replaced_seeds);
}

TEST(MetricsFile, ReadsFilesOfTheFirstVersion) {
  const TemporaryFolder folder;
  write_metrics(folder / "e.h5", make_metrics(), make_provenance(), {});
  Damage(folder / "e.h5").set("/", "format_version", {1}).remove("/replaced_seeds");
  EXPECT_EQ(read_metrics(folder / "e.h5").outcome, std::nullopt);
  EXPECT_TRUE(read_metrics(folder / "e.h5").replaced_seeds.empty());
}

TEST(MetricsFile, CountsMisses) {
  const auto record = make_metrics();
  EXPECT_EQ(record.misses(0), 0);
  EXPECT_EQ(record.misses(1), 1);
}

TEST(MetricsFile, NamesTheMetricsThatThereAre) {
  EXPECT_EQ(message_of<DataError>([] { make_metrics().metric("assd"); }),
            "no metric \"assd\" (there are: hausdorff, dice)");
}

TEST(MetricsFile, WritesTheSameBytesTwice) {
  const TemporaryFolder folder;
  write_metrics(folder / "e.h5", make_metrics(), make_provenance(), {});
  write_metrics(folder / "f.h5", make_metrics(), make_provenance(), {});
  EXPECT_TRUE(bytes_of(folder / "e.h5") == bytes_of(folder / "f.h5"));
}

TEST(MetricsFile, RefusesArraysOfAnotherSize) {
  const TemporaryFolder folder;
  auto record = make_metrics();
  record.metrics[1].values.pop_back();
  EXPECT_EQ(
      message_of<DataError>([&] { write_metrics(folder / "e.h5", record, make_provenance(), {}); }),
      (folder / "e.h5").string() + ":/metrics/dice: expected values for 3 cases and 2 classes");
  EXPECT_EQ(regionwise::testing::files_in(folder.path()), 0U);
}

TEST(MetricsFile, NoticesDamage) {
  const TemporaryFolder folder;
  write_metrics(folder / "e.h5", make_metrics(), make_provenance(), {});
  Damage(folder / "e.h5").replace("/reference_voxels", H5T_STD_I64LE, {2, 3});
  EXPECT_EQ(
      message_of<DataError>([&] { read_metrics(folder / "e.h5"); }),
      (folder / "e.h5").string() + ":/reference_voxels: expected int64 [3,2], found int64 [2,3]");
  write_metrics(folder / "e.h5", make_metrics(), make_provenance(), {0, true});
  Damage(folder / "e.h5").replace("/class_shares", H5T_IEEE_F64LE, {5});
  EXPECT_EQ(message_of<DataError>([&] { read_metrics(folder / "e.h5"); }),
            (folder / "e.h5").string() + ":/class_shares: expected a value for each of 2 classes");
}

}  // namespace
}  // namespace regionwise::storage

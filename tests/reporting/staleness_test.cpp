#include "reporting/staleness.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/hash.hpp"
#include "storage/records.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

namespace fs = std::filesystem;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

/// A data set of three images and labels below <folder>/raw.
class Sources : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"images/a", "images/b", "labels/a"}) {
      const fs::path file = folder_ / "raw" / name;
      fs::create_directories(file.parent_path());
      write_bytes(file, name);
      files_.emplace_back(file.string(), hash_file(file));
    }
    write(files_, {{"source_files", 3}});
  }

  void write(const std::vector<std::pair<std::string, std::string>>& files, const Json& how) {
    storage::DatasetWriter writer(folder_ / "d.h5", {.overwrite = true});
    storage::testing::add_case(writer,
                               storage::testing::make_case("a", "train"),
                               storage::testing::make_image(0),
                               storage::testing::make_label());
    storage::DatasetInfo info = storage::testing::make_dataset_info();
    info.source_files = files;
    storage::Provenance provenance;
    provenance.program = "prepare-data";
    provenance.configuration = how;
    writer.finish(info, provenance);
  }

  StalenessReport check(const SourceOptions& options = {.compare = true}) const {
    const fs::path file = folder_ / "d.h5";
    return check_staleness(std::span(&file, 1), options).front();
  }
  std::string raw(const std::string& name) const { return (folder_ / "raw/").string() + name; }

  const TemporaryFolder folder_;
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(Sources, AreComparedWhereAskedFor) {
  EXPECT_EQ(check().freshness, Freshness::current);
  EXPECT_EQ(check().source_files, 3);
  write_bytes(raw("images/b"), "other");
  EXPECT_EQ(check({}).freshness, Freshness::current);
  EXPECT_FALSE(check({}).source_files);
  EXPECT_EQ(check().freshness, Freshness::stale);
  EXPECT_EQ(check().causes, std::vector{raw("images/b") + " changed"});
  fs::remove(raw("labels/a"));
  EXPECT_EQ(check().freshness, Freshness::stale);
  EXPECT_EQ(check().causes,
            (std::vector{raw("images/b") + " changed", raw("labels/a") + " is gone"}));
  write_bytes(raw("images/b"), "images/b");
  EXPECT_EQ(check().freshness, Freshness::unverifiable);
}

TEST_F(Sources, AreFoundBelowAnotherRoot) {
  fs::create_directories(folder_ / "moved/here");
  fs::rename(folder_ / "raw", folder_ / "moved/here/set");
  EXPECT_EQ(check().freshness, Freshness::unverifiable);
  EXPECT_EQ(check().causes.size(), 3);
  const fs::path root = folder_ / "moved/here/set";
  EXPECT_EQ(check({.compare = true, .root = root}).causes, std::vector<std::string>());
  write_bytes(root / "images/a", "other");
  EXPECT_EQ(check({.compare = true, .root = root}).causes,
            std::vector{(root / "images/a").string() + " changed"});
  // The folder that holds that of the images, as it did.
  fs::rename(root, folder_ / "moved/here/raw");
  const fs::path parent = folder_ / "moved/here";
  EXPECT_EQ(check({.compare = true, .root = parent}).causes,
            std::vector{(parent / "raw/images/a").string() + " changed"});
}

TEST_F(Sources, ThatAnOlderProgramDidNotListAreUnverifiable) {
  write({}, {{"source_files", 3}});
  EXPECT_EQ(check().freshness, Freshness::unverifiable);
  write({}, {{"patients", 2}});  // a phantom
  EXPECT_EQ(check().freshness, Freshness::current);
  EXPECT_EQ(check().source_files, 0);
}

TEST(Staleness, NamesACauseOnceHoweverManyFilesShareIt) {
  const TemporaryFolder folder;
  const fs::path data = folder / "step-0.h5";
  const auto write = [](const fs::path& file, const std::vector<fs::path>& inputs) {
    storage::Provenance provenance;
    provenance.program = "example";
    for (const auto& input : inputs) provenance.inputs.push_back(input);
    storage::write_metrics(file, storage::testing::make_metrics(), provenance, {.overwrite = true});
  };
  write_bytes(folder / "list.txt", "a");
  write(data, {folder / "list.txt"});
  // Each step has the two before it as inputs: 1, 2, 4, 7, 12 … ways to the first.
  std::vector<fs::path> steps{data, folder / "step-1.h5"};
  write(steps[1], {data});
  for (int i = 2; i < 8; ++i) {
    steps.push_back(folder / fmt::format("step-{}.h5", i));
    write(steps.back(), {steps[steps.size() - 2], steps[steps.size() - 3]});
  }
  write_bytes(folder / "list.txt", "b");
  const auto report = check_staleness(std::span(&steps.back(), 1)).front();
  EXPECT_EQ(report.freshness, Freshness::stale);
  ASSERT_EQ(report.causes.size(), 1U) << fmt::format("{}", fmt::join(report.causes, "; "));
  EXPECT_EQ(std::count(report.causes[0].begin(), report.causes[0].end(), '<'), 4)
      << "the shortest way: " << report.causes[0];
}

TEST(Staleness, BuildsFromChangedSourcesAreNotKnownToBeTheSame) {
  EXPECT_EQ(compare_builds("0123456789ab", "0123456789ab"), Build::same);
  EXPECT_EQ(compare_builds("0123456789ab", "ba9876543210"), Build::other);
  EXPECT_EQ(compare_builds("0123456789ab-dirty", "0123456789ab-dirty"), Build::unknown);
  EXPECT_EQ(compare_builds("0123456789ab", "0123456789ab-dirty"), Build::unknown);
  EXPECT_EQ(compare_builds("unknown", "unknown"), Build::unknown);
  EXPECT_EQ(compare_builds("", "0123456789ab"), Build::unknown);
  EXPECT_EQ(to_string(Build::unknown), "unknown");
}

}  // namespace
}  // namespace regionwise::reporting

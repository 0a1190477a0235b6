#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/temporary_folder.hpp"
#include "sources/image_folder.hpp"

namespace regionwise::sources {
namespace {

namespace fs = std::filesystem;

/// Patients p1 … p4 of two channels in a folder that is searched by patterns.
class LayoutFiles : public ImageFolder {
 protected:
  LayoutFiles() {
    for (const char* id : {"p1", "p2", "p3", "p4"}) write_patient(folder_ / id, id);
  }

  static void write_patient(const fs::path& folder, const std::string& id) {
    testing::write_image(folder / (id + "_t1.nii.gz"));
    testing::write_image(folder / (id + "_t2.nii.gz"));
    testing::write_label(folder / (id + "_gt.nii.gz"));
  }

  /// The splits of the good cases, such as "p1 train, p3 train".
  std::string splits() {
    source_ = find(patterns());
    check_headers(source_, false);
    std::string text;
    for (const CaseFiles& one : source_.cases) {
      text += (text.empty() ? "" : ", ") + one.id + " " + one.split;
    }
    return text;
  }

  /// The one problem that splits() found.
  std::string problem() const {
    EXPECT_EQ(source_.problems.size(), 1U);
    return source_.problems.empty() ? "" : source_.problems.front().second;
  }

  SourceData source_;
};

constexpr const char* kAll = "p1 train, p2 validation, p3 train, p4 validation";
constexpr const char* kWithoutP2 = "p1 train, p3 train, p4 validation";

TEST_F(LayoutFiles, FollowsLinksToFilesAndFolders) {
  const testing::TemporaryFolder elsewhere;
  fs::rename(folder_ / "p2", elsewhere / "p2");
  fs::create_directory_symlink(elsewhere / "p2", folder_ / "p2");
  fs::rename(folder_ / "p3/p3_gt.nii.gz", elsewhere / "label.nii.gz");
  fs::create_symlink(elsewhere / "label.nii.gz", folder_ / "p3/p3_gt.nii.gz");
  EXPECT_EQ(splits(), kAll);
  EXPECT_TRUE(source_.problems.empty());
}

TEST_F(LayoutFiles, EntersAFolderThatHoldsItselfOnce) {
  fs::create_directory_symlink(folder_.path(), folder_ / "p1/above");
  EXPECT_EQ(splits(), kAll);
  EXPECT_TRUE(source_.problems.empty());
}

TEST_F(LayoutFiles, LinksThatLeadNowhereAreAProblemOfTheirCase) {
  for (const char* end : {"_t1.nii.gz", "_t2.nii.gz", "_gt.nii.gz"}) {
    const fs::path path = folder_ / ("p2/p2" + std::string(end));
    fs::remove(path);
    fs::create_symlink("not-fetched", path);
  }
  EXPECT_EQ(splits(), kWithoutP2);
  EXPECT_NE(problem().find("p2_t1.nii.gz: a link that leads nowhere (not-fetched)"),
            std::string::npos);
}

TEST_F(LayoutFiles, WaitsForNoPipe) {
  fs::remove(folder_ / "p2/p2_t2.nii.gz");
  ASSERT_EQ(mkfifo((folder_ / "p2/p2_t2.nii.gz").c_str(), 0600), 0);
  EXPECT_EQ(splits(), kWithoutP2);
  EXPECT_NE(problem().find("p2_t2.nii.gz: not a file"), std::string::npos);
}

TEST_F(LayoutFiles, AFolderOfAPatientInWhichNothingFitsKeepsItsPlace) {
  remove_folder(folder_ / "p2");
  fs::create_directory(folder_ / "p2");
  EXPECT_EQ(splits(), kWithoutP2);
  EXPECT_NE(problem().find("p2: holds no file such as {patient}/{case}_gt.nii.gz; found nothing"),
            std::string::npos);
}

TEST_F(LayoutFiles, FilesOfAnotherNameAreShown) {
  remove_folder(folder_ / "p2");
  testing::write_image(folder_ / "p2/scan.nii.gz");
  EXPECT_EQ(splits(), kWithoutP2);
  EXPECT_NE(problem().find("found scan.nii.gz"), std::string::npos);
}

TEST_F(LayoutFiles, AFolderOfAnotherNameIsPassedOverWithAWarning) {
  fs::create_directory(folder_ / "notes");
  EXPECT_EQ(splits(), kAll);
  EXPECT_NE(logged().find("notes: holds no file such as"), std::string::npos);
}

TEST_F(LayoutFiles, AnotherNumberOfPatientsThanTheDataSetHasIsWarnedOf) {
  find(patterns({{"patients", 4}}));
  EXPECT_EQ(logged(), "");
  find(patterns({{"patients", 210}}));
  EXPECT_NE(logged().find("4 patients found, but x has 210"), std::string::npos);
}

}  // namespace
}  // namespace regionwise::sources

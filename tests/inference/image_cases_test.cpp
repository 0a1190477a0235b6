#include "inference/image_cases.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::inference {
namespace {

class GroupImages : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "image";
    return (folder_ / name).string();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(GroupImages, TakesEveryFileAsACase) {
  const auto cases = group_images({file("b.nii"), file("a.nii.gz")}, 1);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].id, "a");
  EXPECT_EQ(cases[1].images, (std::vector<std::filesystem::path>{folder_ / "b.nii"}));
}

TEST_F(GroupImages, ReadsAFolderWithoutItsHiddenAndOtherFiles) {
  file("images/a.nii.gz");
  file("images/.b.nii.gz");
  file("images/notes.txt");
  const auto cases = group_images({(folder_ / "images").string()}, 1);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].id, "a");
}

TEST_F(GroupImages, JoinsTheChannelsOfNnunetsNames) {
  file("images/x_0000.nii.gz");
  file("images/x_0001.nii.gz");
  file("images/y_0001.nii.gz");
  file("images/y_0000.nii.gz");
  const auto cases = group_images({(folder_ / "images").string()}, 2);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[1].id, "y");
  EXPECT_EQ(cases[1].images[0], folder_ / "images/y_0000.nii.gz");
  EXPECT_EQ(cases[1].images[1], folder_ / "images/y_0001.nii.gz");
}

TEST_F(GroupImages, KeepsNumbersThatAreNoChannels) {
  const auto cases = group_images({file("case_0012.nii.gz"), file("other_0000.nii.gz")}, 1);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].id, "case_0012");
  EXPECT_EQ(cases[1].id, "other");
}

TEST_F(GroupImages, JoinsWhatCommasJoin) {
  const auto cases = group_images({file("p7_t2.nii.gz") + "," + file("p7_flair.nii.gz")}, 2);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].id, "p7");
  EXPECT_EQ(cases[0].images[1], folder_ / "p7_flair.nii.gz");
  const auto name_of = [&](const std::string& first, const std::string& second) {
    return group_images({file(first) + "," + file(second)}, 2).at(0).id;
  };
  EXPECT_EQ(name_of("p_t1.nii.gz", "p_t2.nii.gz"), "p");
  EXPECT_EQ(name_of("case_0000.nii.gz", "case_0001.nii.gz"), "case");
  EXPECT_EQ(name_of("patient_01.nii", "patient_01_b.nii"), "patient_01");
  EXPECT_EQ(name_of("t1/s12.nii", "t2/s12.nii"), "s12");
  EXPECT_EQ(name_of("at1.nii", "at2.nii"), "at");
  EXPECT_EQ(name_of("t1.nii", "flair.nii"), "t1");
}

TEST_F(GroupImages, TellsCasesOfOneNameApartByTheirFolders) {
  const std::vector<std::string> inputs{
      file("case_0/imaging.nii.gz"), file("case_1/imaging.nii.gz"), file("case_1/other.nii.gz")};
  const auto cases = group_images(inputs, 1);
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].id, "case_0_imaging");
  EXPECT_EQ(cases[1].id, "case_1_imaging");
  EXPECT_EQ(cases[1].images[0], folder_ / "case_1/imaging.nii.gz");
  EXPECT_EQ(cases[2].id, "other");

  file("a/x_0000.nii.gz");
  file("a/x_0001.nii.gz");
  file("b/x_0000.nii.gz");
  file("b/x_0001.nii.gz");
  const auto pairs = group_images({(folder_ / "a").string(), (folder_ / "b").string()}, 2);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[1].id, "b_x");
  EXPECT_EQ(pairs[1].images[1], folder_ / "b/x_0001.nii.gz");
}

TEST_F(GroupImages, JoinsChannelsFromSeveralFolders) {
  const auto cases = group_images({file("t2/x_0000.nii.gz"), file("t1/x_0001.nii.gz")}, 2);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].id, "x");
}

TEST_F(GroupImages, DoNotJoinWhatLiesInTwoFoldersOfImages) {
  file("a/x_0000.nii.gz");
  file("b/x_0001.nii.gz");
  // Their headers will say that a channel is missing, unless each file holds both.
  const auto cases = group_images({(folder_ / "a").string(), (folder_ / "b").string()}, 2);
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].id, "a_x");
  EXPECT_EQ(cases[1].id, "b_x");
}

TEST_F(GroupImages, RefusesWhatIsAmbiguousOrMissing) {
  const std::string a = file("a.nii.gz");
  EXPECT_THROW(group_images({a, file("a.nii")}, 1), UsageError);            // both a.nii.gz
  EXPECT_THROW(group_images({a, folder_.path().string()}, 1), UsageError);  // given twice
  EXPECT_THROW(group_images({a + "," + a}, 2), UsageError);
  EXPECT_THROW(group_images({a + ",", a}, 2), UsageError);
  EXPECT_THROW(group_images({a + "," + folder_.path().string()}, 2), UsageError);
  EXPECT_THROW(group_images({file("1/s/a.nii"), file("2/s/a.nii")}, 1), UsageError);
  // The name that a folder makes may be taken.
  const auto taken = file("s_b.nii");
  EXPECT_THROW(group_images({file("s/b.nii"), file("t/b.nii"), taken}, 1), UsageError);
  EXPECT_THROW(group_images({file("x_0000.nii.gz"), file("x_0002.nii.gz")}, 3), UsageError);
  EXPECT_THROW(group_images({a + "," + a}, 3), UsageError);
  EXPECT_THROW(group_images({file("a.png")}, 1), UsageError);
  EXPECT_THROW(group_images({(folder_ / "none.nii.gz").string()}, 1), IoError);
  EXPECT_THROW(group_images({a + ",none.nii.gz"}, 2), IoError);
  std::filesystem::create_directories(folder_ / "empty");
  EXPECT_THROW(group_images({(folder_ / "empty").string()}, 1), DataError);
}

}  // namespace
}  // namespace regionwise::inference

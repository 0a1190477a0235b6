#include "cli/outputs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::cli {
namespace {

using testing::files_in;
using testing::message_of;
using testing::write_bytes;

class OutputsTest : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_bytes(folder_ / name, "content");
    return folder_ / name;
  }
  template <class Expected>
  static std::string refusal(Outputs& outputs) {
    return message_of<Expected>([&] { outputs.claim(); });
  }

  testing::TemporaryFolder folder_;
};

TEST_F(OutputsTest, HoldWhatTheyClaimAndLeaveNothing) {
  {
    Outputs outputs(false);
    outputs.reads(file("in.h5")).writes(folder_ / "out.h5").writes_into(folder_ / "new", {"a.nii"});
    outputs.claim();
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out.h5.lock"));
  }
  EXPECT_EQ(files_in(folder_.path()), 1U);
}

TEST_F(OutputsTest, RefuseStandardOutput) {
  Outputs outputs(true);
  outputs.writes("-");
  EXPECT_NE(refusal<UsageError>(outputs).find("cannot go to standard output"), std::string::npos);
}

TEST_F(OutputsTest, RefuseToReplaceAnyOfThemWithoutForce) {
  const auto second = file("second.json");
  Outputs outputs(false);
  outputs.writes(folder_ / "first.h5").writes(second);
  EXPECT_EQ(refusal<IoError>(outputs), second.string() + ": exists: use --force to replace it");
  Outputs forced(true);
  forced.writes(folder_ / "first.h5").writes(second);
  EXPECT_NO_THROW(forced.claim());

  const auto segmentation = file("masks/b.nii.gz");
  Outputs into(false);
  into.writes_into(folder_ / "masks", {"a.nii.gz", "b.nii.gz"});
  EXPECT_EQ(refusal<IoError>(into), segmentation.string() + ": exists: use --force to replace it");
  Outputs begun(false);
  EXPECT_NO_THROW(begun.continues(second).claim());
  Outputs going_on(false);
  going_on.writes_into(folder_ / "masks", {"a.nii.gz", "b.nii.gz"}, {"b.nii.gz"});
  EXPECT_NO_THROW(going_on.claim());
}

TEST_F(OutputsTest, RefuseToReplaceAPipe) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Outputs outputs(true);
  outputs.writes(pipe);
  EXPECT_EQ(refusal<IoError>(outputs), pipe.string() + ": is a device or a pipe: name a file");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST_F(OutputsTest, RefuseInputsByAnyNameWhateverForceSays) {
  const auto input = file("images/case/a.nii.gz");
  std::filesystem::create_symlink(input, folder_ / "link.h5");
  std::filesystem::create_hard_link(input, folder_ / "hard.h5");
  for (const auto& name :
       {folder_ / "link.h5", folder_ / "hard.h5", folder_ / "images/../link.h5"}) {
    Outputs outputs(true);
    outputs.reads(folder_ / "images").writes(name);
    EXPECT_EQ(refusal<UsageError>(outputs), name.string() + ": is an input; give another output");
  }
  Outputs into(true);
  into.reads(input).writes_into(folder_ / "images/case", {"a.nii.gz"});
  EXPECT_NE(refusal<UsageError>(into), "");
  Outputs begun(true);
  EXPECT_NE(refusal<UsageError>(begun.reads(input).continues(input)), "");
}

TEST_F(OutputsTest, RefuseFoldersOfInputsAlsoForOtherNames) {
  file("images/a_0000.nii.gz");
  Outputs outputs(true);
  outputs.lists(folder_ / "images").writes_into(folder_ / "images/.", {"a.nii.gz"});
  EXPECT_NE(refusal<UsageError>(outputs).find("is a folder of inputs"), std::string::npos);
  Outputs below(true);
  below.lists(folder_ / "images").writes_into(folder_ / "images/masks", {"a.nii.gz"});
  EXPECT_NO_THROW(below.claim());
}

TEST_F(OutputsTest, RefuseOneNameForTwoThings) {
  Outputs twice(true);
  twice.writes(folder_ / "a.h5").writes(folder_ / "none/../a.h5");
  EXPECT_NE(refusal<UsageError>(twice).find("would be written twice"), std::string::npos);
  for (const char* folder : {"a.h5", "a.h5/", "a.h5/masks"}) {
    Outputs both(true);
    both.writes(folder_ / "a.h5").writes_into(folder_ / folder, {"b.nii.gz"});
    EXPECT_NE(refusal<UsageError>(both).find("both as a file and as a folder"), std::string::npos);
  }
  Outputs beside(true);
  beside.writes(folder_ / "a.h5").writes_into(folder_ / "a.h5masks", {"b.nii.gz"});
  EXPECT_NO_THROW(beside.claim());
}

TEST_F(OutputsTest, RefuseFilesForFoldersAndFoldersForFiles) {
  const auto present = file("folder/file");
  Outputs no_folder(true);
  no_folder.writes_into(present, {"a.nii.gz"});
  EXPECT_NE(refusal<IoError>(no_folder).find("is a file"), std::string::npos);
  Outputs no_file(true);
  EXPECT_NE(refusal<IoError>(no_file.writes(folder_ / "folder")).find("is a folder"),
            std::string::npos);
  Outputs inside(true);
  inside.writes_into(folder_.path(), {"folder"});
  EXPECT_NE(refusal<IoError>(inside).find("is a folder"), std::string::npos);
  Outputs nowhere(true);
  EXPECT_NE(refusal<IoError>(nowhere.writes(folder_ / "none/a.h5")).find("make it first"),
            std::string::npos);
}

TEST_F(OutputsTest, RefuseEmptyNamesOfOutputs) {
  Outputs outputs(false);
  EXPECT_NE(refusal<UsageError>(outputs.writes("")), "");
  Outputs into(false);
  EXPECT_NE(refusal<UsageError>(into.writes_into("", {"a.nii.gz"})), "");
}

TEST_F(OutputsTest, PassOverEmptyNamesOfInputs) {
  Outputs outputs(false);
  outputs.reads("").reads(std::vector<std::filesystem::path>{""}).lists("").writes_into("", {});
  EXPECT_NO_THROW(outputs.claim());
}

}  // namespace
}  // namespace regionwise::cli

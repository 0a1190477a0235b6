#include "core/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "core/error.hpp"

namespace regionwise {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsNewAndOfItsUserAlone) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  EXPECT_NE(folder.path(), other.path());
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);
}

TEST(TemporaryFolder, IsRemovedWithAllInIt) {
  fs::path path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    fs::create_directories(folder / "a/b/c");
    std::ofstream(folder / "a/b/file") << "x";
    std::ofstream(folder / "a/.hidden") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, CannotBeMadeWhereThereIsNothing) {
  EXPECT_THROW(const TemporaryFolder folder("/nonexistent"), IoError);
}

TEST(TemporaryFolder, SaysWhichVariablesNameItsPlace) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  setenv("TMPDIR", "/nonexistent", 1);
  try {
    const TemporaryFolder folder;
    ADD_FAILURE() << folder.path();
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("(TMPDIR, TMP, "), std::string::npos) << error.what();
  }
  before != nullptr ? setenv("TMPDIR", kept.c_str(), 1) : unsetenv("TMPDIR");
}

TEST(RemoveFolder, TakesLinksAndLeavesWhatTheyLeadTo) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "kept");
  std::ofstream(folder / "kept/file") << "x";
  fs::create_directories(folder / "removed/below");
  fs::create_directory_symlink(folder / "kept", folder / "removed/below/folder");
  fs::create_symlink(folder / "kept/file", folder / "removed/file");
  remove_folder(folder / "removed");
  EXPECT_FALSE(fs::exists(folder / "removed"));
  EXPECT_TRUE(fs::exists(folder / "kept/file"));
}

TEST(RemoveFolder, SaysNothingOfOneThatIsNotThere) {
  remove_folder("/nonexistent");
  remove_folder("");
}

}  // namespace
}  // namespace regionwise

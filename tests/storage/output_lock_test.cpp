#include "storage/output_lock.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/error.hpp"
#include "storage/complete_file.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::files_in;
using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

/// Another process that writes `output` until it is killed; returns once it has begun.
class OtherWriter {
 public:
  explicit OtherWriter(const std::filesystem::path& output) {
    int begun[2];
    if (::pipe(begun) != 0) throw IoError("pipe");
    process_ = ::fork();
    if (process_ == 0) {
      const CompleteFile file(output, true);
      write_bytes(file.temporary(), "half");
      (void)!::write(begun[1], "x", 1);
      while (true) ::pause();
    }
    char byte = 0;
    (void)!::read(begun[0], &byte, 1);
    ::close(begun[0]);
    ::close(begun[1]);
  }
  ~OtherWriter() { kill(); }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
};

TEST(OutputLock, KeepsAnotherProcessOut) {
  const TemporaryFolder folder;
  OtherWriter other(folder / "x.h5");
  EXPECT_EQ(message_of<IoError>([&] { CompleteFile(folder / "x.h5", true); }),
            (folder / "x.h5").string() +
                ": another process is writing it: wait until that has ended, or name another "
                "output");
  EXPECT_NO_THROW(CompleteFile(folder / "y.h5", false)) << "another output is free";
}

TEST(OutputLock, IsTidiedWhereNobodyHoldsIt) {
  const TemporaryFolder folder;
  tidy_lock(folder / "x.h5");
  EXPECT_EQ(files_in(folder.path()), 0U);
  OtherWriter other(folder / "x.h5");
  tidy_lock(folder / "x.h5");
  EXPECT_EQ(files_in(folder.path()), 2U) << "it is held";
  other.kill();
  EXPECT_EQ(files_in(folder.path()), 2U);
  tidy_lock(folder / "x.h5");
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(OutputLock, GoesWithAProcessThatWasKilled) {
  const TemporaryFolder folder;
  OtherWriter other(folder / "x.h5");
  write_bytes(folder / "x.h5.tmp-of-mine", "");
  other.kill();
  EXPECT_EQ(files_in(folder.path()), 3U) << "lock and half a file are left";
  {
    CompleteFile file(folder / "x.h5", false);
    write_bytes(file.temporary(), "whole");
    file.commit();
  }
  EXPECT_EQ(files_in(folder.path()), 2U) << "the output and a file of another origin";
  EXPECT_EQ(regionwise::testing::bytes_of(folder / "x.h5"), "whole");
}

TEST(OutputLock, MayBeHeldTwiceByOneProcess) {
  const TemporaryFolder folder;
  {
    const OutputLock whole_work(folder / "x.h5");
    { const CompleteFile file(folder / "x.h5", false); }
    EXPECT_TRUE(std::filesystem::exists(folder / "x.h5.lock")) << "still held";
  }
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(OutputLock, SaysWhetherAProcessHoldsAnOutput) {
  const TemporaryFolder folder;
  EXPECT_FALSE(is_held(folder / "x.h5"));
  EXPECT_EQ(files_in(folder.path()), 0U) << "asking writes nothing";
  {
    OtherWriter other(folder / "x.h5");
    EXPECT_TRUE(is_held(folder / "x.h5"));
    EXPECT_FALSE(is_held(folder / "y.h5"));
    other.kill();
    EXPECT_FALSE(is_held(folder / "x.h5")) << "its lock file alone holds nothing";
  }
  const OutputLock lock(folder / "x.h5");
  EXPECT_TRUE(is_held(folder / "x.h5"));
}

TEST(OutputLock, LeavesWhatSomebodyElseKeepsUnderItsName) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.h5.lock", "package-lock");
  std::filesystem::create_directory(folder / "y.h5.lock");
  write_bytes(folder / "empty", "");
  std::filesystem::create_symlink("empty", folder / "link.h5.lock");
  std::filesystem::create_symlink("none", folder / "dangling.h5.lock");
  ASSERT_EQ(::mkfifo((folder / "pipe.h5.lock").c_str(), 0600), 0);
  for (const char* output : {"x.h5", "y.h5", "link.h5", "dangling.h5", "pipe.h5"}) {
    EXPECT_EQ(message_of<IoError>([&] { OutputLock lock(folder / output); }),
              (folder / output).string() +
                  ".lock: is in the way: it is no lock, which is an empty file; give it another "
                  "name");
    tidy_lock(folder / output);
  }
  EXPECT_EQ(regionwise::testing::bytes_of(folder / "x.h5.lock"), "package-lock");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "y.h5.lock"));
  EXPECT_EQ(files_in(folder.path()), 6U);
}

TEST(OutputLock, SaysWhyAFolderCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read);
  EXPECT_THROW(OutputLock(folder / "x.h5"), IoError);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace regionwise::storage

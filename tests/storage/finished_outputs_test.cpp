#include "storage/finished_outputs.hpp"

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::storage {
namespace {

using regionwise::testing::files_in;
using regionwise::testing::write_bytes;

class FinishedOutputsTest : public ::testing::Test {
 protected:
  FinishedOutputsTest() {
    std::filesystem::create_directories(folder_ / "out");
    write_bytes(folder_ / "image", "voxels");
    write_bytes(folder_ / "out/a", "labels");
  }
  bool has_a(const std::string& maker = "this") const {
    return FinishedOutputs(folder_ / "out", maker).has("a", inputs_);
  }
  void announce_a() const { outputs_.announce("a", inputs_, hash_file(folder_ / "out/a")); }

  regionwise::testing::TemporaryFolder folder_;
  std::vector<std::filesystem::path> inputs_{folder_ / "image"};
  FinishedOutputs outputs_{folder_ / "out", "this"};
};

TEST_F(FinishedOutputsTest, AreKnownToTheSameCommandUntilItIsDone) {
  EXPECT_FALSE(has_a());
  announce_a();
  EXPECT_TRUE(has_a());
  EXPECT_FALSE(has_a("another"));
  EXPECT_FALSE(outputs_.has("a", {}));
  EXPECT_FALSE(outputs_.has("b", inputs_));
  outputs_.forget(std::vector<std::string>{"a", "b"});
  EXPECT_FALSE(has_a());
  EXPECT_EQ(files_in(folder_ / "out"), 1U);
}

TEST_F(FinishedOutputsTest, MayBeAnnouncedBeforeTheyAreThere) {
  std::filesystem::rename(folder_ / "out/a", folder_ / "out/b");
  outputs_.announce("a", inputs_, hash_file(folder_ / "out/b"));
  EXPECT_FALSE(has_a());
  std::filesystem::rename(folder_ / "out/b", folder_ / "out/a");
  EXPECT_TRUE(has_a());
}

TEST_F(FinishedOutputsTest, AreNotThoseOfAnotherImage) {
  announce_a();
  write_bytes(folder_ / "image", "others");
  EXPECT_FALSE(has_a());
}

TEST_F(FinishedOutputsTest, AreNotWhatSomebodyWroteSince) {
  announce_a();
  write_bytes(folder_ / "out/a", "mended by hand");
  EXPECT_FALSE(has_a());
  std::filesystem::remove(folder_ / "out/a");
  EXPECT_FALSE(has_a());
  EXPECT_NO_THROW(outputs_.forget(std::vector<std::string>{"a"}));
}

// Killed between the name and the end of its lock: nobody writes that file again.
TEST_F(FinishedOutputsTest, LoseTheLockOfOneThatWasKilled) {
  announce_a();
  write_bytes(folder_ / "out/a.lock", "");
  outputs_.forget(std::vector<std::string>{"a"});
  EXPECT_EQ(files_in(folder_ / "out"), 1U);
}

}  // namespace
}  // namespace regionwise::storage

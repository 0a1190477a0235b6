#include "training/loss_audit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "losses/loss.hpp"
#include "training/small_dataset.hpp"

namespace regionwise::training {
namespace {

using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_small_dataset;
using Lines = std::vector<std::string>;

class LossAudit : public ::testing::Test {
 protected:
  LossAudit() { write_small_dataset(folder_.path() / "squares.h5"); }

  Lines lines(const Json& loss) {
    const storage::DatasetReader dataset(folder_.path() / "squares.h5");
    return audit_of_loss(losses::make_loss(loss, "loss")->resolved(), dataset, nullptr);
  }

  TemporaryFolder folder_;
};

TEST_F(LossAudit, SaysHowMuchOfTheSimplexABoundaryMapGetsWrong) {
  const Lines found = lines({{"name", "region-wise"}, {"map", {{"name", "boundary"}}}});
  ASSERT_EQ(found.size(), 1U);
  double share = 0;
  ASSERT_EQ(std::sscanf(found[0].c_str(), "map boundary: on average %lf %% of", &share), 1)
      << found[0];
  EXPECT_GT(share, 10);
  EXPECT_LT(share, 60);
  EXPECT_NE(found[0].find("(2 training slices; audit-maps says more)"), std::string::npos)
      << found[0];
}

TEST_F(LossAudit, SaysThatSafeMapsAreSafe) {
  EXPECT_EQ(lines({{"name", "region-wise"}}),
            (Lines{"map rectified: no softmax vector gives a derivative the wrong sign (2 training "
                   "slices)"}));
}

TEST_F(LossAudit, FindsTheMapsOfASum) {
  const Json region_wise = {{"name", "region-wise"}, {"map", {{"name", "boundary"}}}};
  const Json sum = {{"name", "sum"}, {"terms", {{{"name", "dice"}}, region_wise}}};
  EXPECT_EQ(lines(sum), lines(region_wise));
}

TEST_F(LossAudit, HasNothingToSayOfLossesWithoutRegionWiseMap) {
  EXPECT_EQ(lines({{"name", "dice"}}), Lines());
  EXPECT_EQ(lines({{"name", "pixel-wise-cross-entropy"}, {"map", {{"name", "boundary"}}}}),
            Lines());
}

// In a process of its own: a signal is remembered as long as that lives.
TEST_F(LossAudit, SaysNothingOfAPartWhereASignalEndsIt) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        static_cast<void>(std::raise(SIGTERM));
        std::_Exit(lines({{"name", "region-wise"}}).empty() ? 7 : 0);
      },
      ::testing::ExitedWithCode(7),
      "");
}

TEST_F(LossAudit, DoesNotPassOverADiskThatCannotBeRead) {
  const auto path = folder_.path() / "squares.h5";
  const storage::DatasetReader dataset(path);
  // The reader's descriptor, which is older than HDF5's, from now on is one that cannot be read.
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat file {};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  int descriptor = 0;
  struct stat found {};
  while (::fstat(descriptor, &found) != 0 || found.st_ino != file.st_ino ||
         found.st_dev != file.st_dev) {
    ASSERT_LT(++descriptor, 1000);
  }
  ASSERT_EQ(::dup2(folder, descriptor), descriptor);
  ::close(folder);
  const Json loss = {{"name", "region-wise"}};
  EXPECT_THROW(audit_of_loss(losses::make_loss(loss, "loss")->resolved(), dataset, nullptr),
               IoError);
}

}  // namespace
}  // namespace regionwise::training

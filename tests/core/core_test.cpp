#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "core/version.hpp"

namespace regionwise {
namespace {

TEST(Error, OfTheMachineIsWhateverIsNotAboutThePath) {
  for (const int error : {EIO,
                          ENOTCONN,
                          EUCLEAN,
                          EHOSTDOWN,
                          EHOSTUNREACH,
                          ENETDOWN,
                          ENETUNREACH,
                          ECONNRESET,
                          ENXIO,
                          ENODEV,
                          ENOLINK,
                          ESTALE,
                          ETIMEDOUT,
                          ENOMEM,
                          EMFILE}) {
    EXPECT_TRUE(IoError("x", error).of_machine()) << error;
  }
  for (const int error : {0, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES, EPERM, EISDIR, EINVAL}) {
    EXPECT_FALSE(IoError("x", error).of_machine()) << error;
  }
}

TEST(Error, SaysAllOfAMessageThatHoldsAByteOfZero) {
  using namespace std::string_literals;
  EXPECT_STREQ(DataError("name \"a\0b\0\" is no name"s).what(), "name \"a\\0b\\0\" is no name");
}

TEST(Error, ContextStandsBeforeTheMessageAndTheKindStays) {
  const auto fail_with = [](const auto& error) { with_context("a.h5", [&] { throw error; }); };
  try {
    fail_with(IoError("cannot be read"));
    FAIL();
  } catch (const IoError& error) {
    EXPECT_EQ(std::string(error.what()), "a.h5: cannot be read");
    EXPECT_EQ(error.code(), ExitCode::io);
  }
  EXPECT_THROW(fail_with(UsageError("x")), UsageError);
  EXPECT_THROW(fail_with(DataError("x")), DataError);
  EXPECT_THROW(fail_with(RetryError("x")), RetryError);
  EXPECT_EQ(with_context("x", [] { return 3; }), 3);
}

TEST(ParallelFor, VisitsEachIndexOnce) {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> visits(101);
    parallel_for(101, threads, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; });
    for (const auto& count : visits) EXPECT_EQ(count, 1);
  }
  parallel_for(0, 4, [](std::int64_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsTheFirstErrorToTheCaller) {
  for (const int threads : {1, 3}) {
    EXPECT_THROW(parallel_for(1000,
                              threads,
                              [](std::int64_t i) {
                                if (i == 10) throw DataError("ten");
                              }),
                 DataError);
  }
}

TEST(Hash, IsThatOfTheFilesBytes) {
  const auto path =
      std::filesystem::temp_directory_path() / ("regionwise-hash-" + std::to_string(getpid()));
  const std::string text(3 << 20, 'x');
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(hash_file(path), hash_text(text));
  EXPECT_EQ(hash_text(""), "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing
  std::filesystem::remove(path);
  EXPECT_THROW(hash_file(path), IoError);
}

// Each in a process of its own: a signal is remembered as long as that lives.

TEST(HashFile, CanBeEndedBetweenItsPieces) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        static_cast<void>(std::raise(SIGTERM));
        try {
          static_cast<void>(hash_file("/proc/self/exe"));
        } catch (const RetryError&) {
          std::_Exit(75);
        }
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(75),
      "");
}

TEST(Interrupt, IsRememberedInsteadOfEndingTheProgram) {
  EXPECT_EXIT(
      {
        catch_interrupts();
        const bool before = interrupted();
        static_cast<void>(std::raise(SIGUSR1));
        std::_Exit(!before && interrupted() ? 7 : 0);
      },
      ::testing::ExitedWithCode(7),
      "");
}

TEST(Version, SaysWhatWasBuilt) {
  EXPECT_FALSE(version().empty());
  EXPECT_FALSE(commit().empty());
  EXPECT_NE(compiler().find(' '), std::string::npos);
}

}  // namespace
}  // namespace regionwise

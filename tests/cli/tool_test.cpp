#include "cli/tool.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <latch>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "core/error.hpp"
#include "core/job_pipeline.hpp"

namespace regionwise::cli {
namespace {

struct Ended {
  int status;
  std::string errors;
};

/// The exit status of a program whose work throws `error`.
template <class Exception>
int status_of(const Exception& error) {
  char name[] = "example";
  char* arguments[] = {name, nullptr};
  return run_tool(1, arguments, {"example", "Does nothing.", {}, ""}, {}, [&](CLI::App&) {
    return [&](Context&) -> int { throw error; };
  });
}

template <class Exception>
Ended ended_by(const Exception& error) {
  ::testing::internal::CaptureStderr();
  const int status = status_of(error);
  return {status, ::testing::internal::GetCapturedStderr()};
}

TEST(RunTool, TellsErrorsOfTheSystemInOneLine) {
  for (const int number : {EPERM, EINVAL, EDEADLK, EBUSY}) {
    const std::error_code code(number, std::generic_category());
    const Ended ended = ended_by(std::system_error(code, "thread\nconstructor"));
    EXPECT_EQ(ended.status, 74);
    EXPECT_EQ(ended.errors, "example: error: the system refused: thread\n");
    const Ended plain = ended_by(std::system_error(code));
    EXPECT_EQ(plain.errors, "example: error: the system refused: " + code.message() + "\n");
  }
}

TEST(RunTool, TellsItsOwnErrorsByTheirExitCode) {
  const Ended ended = ended_by(DataError("x.h5: damaged"));
  EXPECT_EQ(ended.status, 65);
  EXPECT_EQ(ended.errors, "example: error: x.h5: damaged\n");
}

TEST(RunTool, BlamesTheGpuOrItselfButNotTheDataForAnErrorOfALibrary) {
  for (const char* what : {"CUDA error: unspecified launch failure\nat x.cu", "cuDNN error: 8\n"}) {
    const Ended ended = ended_by(std::runtime_error(what));
    EXPECT_EQ(ended.status, 75);
    const std::string text = what;
    EXPECT_EQ(
        ended.errors,
        "example: error: the GPU failed (" + text.substr(0, text.find('\n')) + "): run it again\n");
  }
  const Ended ended = ended_by(std::runtime_error("expected a CUDA error\nat x.cpp"));
  EXPECT_EQ(ended.status, 70);
  EXPECT_EQ(ended.errors, "example: error: internal error: expected a CUDA error\n");
}

using RunToolDeathTest = ::testing::Test;

TEST(RunToolDeathTest, EndsAtOnceWhereNoThreadOrMemoryIsLeft) {
  for (const int number : {EAGAIN, ENOMEM}) {
    EXPECT_EXIT(status_of(std::system_error(number, std::generic_category())),
                ::testing::ExitedWithCode(74),
                "example: error: out of memory or threads: ");
  }
  EXPECT_EXIT(
      status_of(std::bad_alloc()), ::testing::ExitedWithCode(74), "example: error: out of memory");
}

TEST(RunToolDeathTest, SaysALineOfWhatNobodyCaught) {
  const auto from_a_thread = [](auto thrown) {
    char name[] = "example";
    char* arguments[] = {name, nullptr};
    const auto run = [thrown](Context&) -> int {
      std::thread([thrown] { throw thrown; }).join();
      return 0;
    };
    run_tool(1, arguments, {"example", "", {}, ""}, {}, [&](CLI::App&) { return run; });
  };
  EXPECT_EXIT(from_a_thread(std::runtime_error("x")),
              ::testing::ExitedWithCode(70),
              "^example: error: internal error: nobody caught: x\n$");
  EXPECT_EXIT(from_a_thread(std::bad_alloc()),
              ::testing::ExitedWithCode(74),
              "^example: error: out of memory\n$");
}

TEST(RunToolDeathTest, LetsNoLibraryTidyUpWhereAWorkerIsLeft) {
  const auto with_a_worker_left = [] {
    std::atexit([] { std::_Exit(9); });  // what a library would do
    char name[] = "example";
    char* arguments[] = {name, nullptr};
    const auto stuck = [](Context&) -> int {
      const auto at_work = std::make_shared<std::latch>(1);
      const JobPipeline pipeline(
          {.end = 1, .threads = 1},
          [at_work](std::int64_t, std::int64_t, const JobPipeline::Note&) {
            at_work->count_down();
            for (;;) ::pause();
          },
          [](std::int64_t) {});
      at_work->wait();
      throw RetryError("stopped");
    };
    std::exit(run_tool(
        1, arguments, {"example", "Does nothing.", {}, ""}, {}, [&](CLI::App&) { return stuck; }));
  };
  EXPECT_EXIT(with_a_worker_left(), ::testing::ExitedWithCode(75), "example: error: stopped");
}

}  // namespace
}  // namespace regionwise::cli

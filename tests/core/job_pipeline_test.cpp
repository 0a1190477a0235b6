#include "core/job_pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"

namespace regionwise {
namespace {

using Clock = std::chrono::steady_clock;

const auto never = [] { return false; };

/// The jobs as they are taken, each a sum over its parts that depends on job and part.
std::vector<std::int64_t> results_of(PipelineOptions options) {
  std::vector<std::vector<std::int64_t>> parts(
      static_cast<std::size_t>(options.ahead),
      std::vector<std::int64_t>(static_cast<std::size_t>(options.parts)));
  std::vector<std::int64_t> sums(parts.size());
  const auto place = [&](std::int64_t job) {
    return static_cast<std::size_t>(job % options.ahead);
  };
  JobPipeline pipeline(
      options,
      [&](std::int64_t job, std::int64_t part, const JobPipeline::Note&) {
        parts[place(job)][static_cast<std::size_t>(part)] = 100 * job + part;
      },
      [&](std::int64_t job) {
        for (const std::int64_t value : parts[place(job)]) sums[place(job)] += value;
      });
  std::vector<std::int64_t> results;
  for (std::int64_t job = options.first; job < options.end; ++job) {
    EXPECT_TRUE(pipeline.next(
        [&](std::int64_t taken) {
          EXPECT_EQ(taken, job);
          results.push_back(std::exchange(sums[place(job)], 0));
        },
        never));
  }
  EXPECT_THROW(pipeline.next([](std::int64_t) {}, never), std::out_of_range);
  return results;
}

TEST(JobPipeline, HandsOverInOrderWhateverTheThreads) {
  const auto expected = results_of({.first = 3, .end = 200, .parts = 5, .threads = 0});
  ASSERT_EQ(expected.size(), 197U);
  EXPECT_EQ(expected[1], 5 * 400 + 10);
  for (const int threads : {1, 2, 7}) {
    for (const std::int64_t ahead : {1, 4}) {
      EXPECT_EQ(
          results_of({.first = 3, .end = 200, .parts = 5, .threads = threads, .ahead = ahead}),
          expected);
    }
  }
}

TEST(JobPipeline, WorksNoFurtherAheadThanAllowed) {
  std::atomic<std::int64_t> furthest = -1;
  std::atomic<std::int64_t> parts_done = 0;
  JobPipeline pipeline(
      {.end = 1000, .parts = 2, .threads = 3, .ahead = 4},
      [&](std::int64_t job, std::int64_t, const JobPipeline::Note&) {
        for (auto seen = furthest.load(); seen < job && !furthest.compare_exchange_weak(seen, job);)
          ;
        ++parts_done;
      },
      [](std::int64_t) {});
  for (std::int64_t job = 0; job < 50; ++job) {
    // All places fill up, and then the workers wait.
    while (parts_done < 2 * (job + 4)) std::this_thread::yield();
    if (job % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(furthest, job + 3);
    EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
  }
}

TEST(JobPipeline, WorkersShareTheParts) {
  std::latch both(2);  // opens only where two threads are at parts of one job
  JobPipeline pipeline(
      {.end = 1, .parts = 2, .threads = 2, .ahead = 1},
      [&](std::int64_t, std::int64_t, const JobPipeline::Note&) { both.arrive_and_wait(); },
      [](std::int64_t) {});
  EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
}

TEST(JobPipeline, TheFirstErrorStopsEverything) {
  for (const int threads : {0, 1, 3}) {
    std::atomic<int> parts = 0;
    JobPipeline pipeline(
        {.end = 1000000, .parts = 3, .threads = threads},
        [&](std::int64_t job, std::int64_t part, const JobPipeline::Note&) {
          ++parts;
          if (job == 20 && part == 1) throw DataError("case 20: damaged");
        },
        [](std::int64_t) {});
    int taken = 0;
    const auto take_all = [&] {
      while (true) pipeline.next([&](std::int64_t) { ++taken; }, never);
    };
    EXPECT_THROW(take_all(), DataError);
    EXPECT_LE(taken, 20);
    EXPECT_LE(parts, 3 * 25);
    EXPECT_THROW(take_all(), DataError) << "it is told again";
  }
}

TEST(JobPipeline, AWaitTooLongNamesWhatTheWorkersAreAt) {
  auto release = std::make_shared<std::latch>(1);
  JobPipeline pipeline(
      {.end = 10, .threads = 1, .patience_minutes = 0.002},
      [release](std::int64_t, std::int64_t, const JobPipeline::Note& note) {
        note("case7, slice 3");
        release->wait();
      },
      [](std::int64_t) {});
  try {
    pipeline.next([](std::int64_t) {}, never);
    FAIL() << "nothing can have come";
  } catch (const RetryError& error) {
    EXPECT_NE(std::string(error.what()).find("case7, slice 3"), std::string::npos) << error.what();
  }
  release->count_down();
}

TEST(JobPipeline, WarnsOfAStuckWorkerBeforeItGivesUp) {
  auto release = std::make_shared<std::latch>(1);
  std::vector<std::string> warnings;
  JobPipeline pipeline(
      {.end = 10,
       .threads = 2,
       .patience_minutes = 0.02,
       .warn = [&](const std::string& message) { warnings.push_back(message); }},
      [release](std::int64_t job, std::int64_t, const JobPipeline::Note& note) {
        note("case" + std::to_string(job));
        if (job == 2) release->wait();
      },
      [](std::int64_t) {});
  EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
  EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
  EXPECT_EQ(warnings.size(), 0U);
  const auto begun = Clock::now();
  EXPECT_THROW(pipeline.next([](std::int64_t) {}, never), RetryError);
  EXPECT_GT(Clock::now() - begun, std::chrono::milliseconds(900));
  ASSERT_EQ(warnings.size(), 4U) << "each fifth of the time, but for the last";
  EXPECT_EQ(
      warnings[0],
      "nothing came for 0.004 minutes from the threads at work on: case2 (the end comes after "
      "0.02)");
  release->count_down();
}

TEST(JobPipeline, IsPatientWithSlowWorkersThatGetOn) {
  std::vector<std::string> warnings;
  JobPipeline pipeline(
      {.end = 1,
       .parts = 12,
       .threads = 1,
       .patience_minutes = 0.01,
       .warn = [&](const std::string& message) { warnings.push_back(message); }},
      [](std::int64_t, std::int64_t, const JobPipeline::Note&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(80));
      },
      [](std::int64_t) {});
  // The job takes longer than the 0.6 s, but none of its parts does.
  EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
}

TEST(JobPipeline, CanBeCancelledWhileWaiting) {
  std::latch release(1);
  JobPipeline pipeline(
      {.end = 10, .threads = 1},
      [&](std::int64_t, std::int64_t, const JobPipeline::Note&) { release.wait(); },
      [](std::int64_t) {});
  const auto begun = Clock::now();
  EXPECT_FALSE(pipeline.next([](std::int64_t) { FAIL(); },
                             [&] { return Clock::now() - begun > std::chrono::milliseconds(50); }));
  release.count_down();
}

TEST(JobPipeline, EndsPromptlyWithWorkLeft) {
  const auto begun = Clock::now();
  {
    JobPipeline pipeline(
        {.end = 1000000, .threads = 2, .ahead = 1000000},
        [](std::int64_t, std::int64_t, const JobPipeline::Note&) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        },
        [](std::int64_t) {});
    EXPECT_TRUE(pipeline.next([](std::int64_t) {}, never));
  }
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(2));
}

TEST(JobPipeline, DoesNotWaitForAWorkerThatHangs) {
  auto at_work = std::make_shared<std::latch>(1);
  auto release = std::make_shared<std::latch>(1);
  auto ended = std::make_shared<std::latch>(1);
  const auto begun = Clock::now();
  {
    const JobPipeline pipeline(
        {.end = 1, .threads = 1},
        [=](std::int64_t, std::int64_t, const JobPipeline::Note&) {
          at_work->count_down();
          release->wait();
        },
        [ended](std::int64_t) { ended->count_down(); });
    at_work->wait();
  }
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(9));
  release->count_down();  // what the worker uses is still there
  ended->wait();
}

}  // namespace
}  // namespace regionwise

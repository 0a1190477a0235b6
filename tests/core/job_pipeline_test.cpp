#include "core/job_pipeline.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/watchdog.hpp"

namespace {

/// Of this thread: there is no more memory.
thread_local bool no_memory = false;

}  // namespace

// As the library's own, but for threads that have none left.
void* operator new(std::size_t size) {
  if (no_memory) throw std::bad_alloc();
  if (void* memory = std::malloc(std::max<std::size_t>(size, 1))) return memory;
  throw std::bad_alloc();
}

// Not where it is called: g++ would warn there of memory that new gave and free took.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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

TEST(JobPipeline, HoldsNoLockWhileItAsksOrWarns) {
  // The worker's note needs the pipeline's lock; whoever is called waits for it.
  for (const bool in_warning : {false, true}) {
    auto called = std::make_shared<std::latch>(1);
    auto noted = std::make_shared<std::latch>(1);
    auto release = std::make_shared<std::latch>(1);
    bool met = false;
    const auto meet = [&] {
      called->count_down();
      const auto end = Clock::now() + std::chrono::seconds(2);
      while (!noted->try_wait() && Clock::now() < end) std::this_thread::yield();
      met = noted->try_wait();
      release->count_down();
    };
    JobPipeline pipeline(
        {.end = 1,
         .threads = 1,
         .patience_minutes = 0.02,
         .warn =
             [&](const std::string&) {
               if (in_warning) meet();
             }},
        [=](std::int64_t, std::int64_t, const JobPipeline::Note& note) {
          called->wait();
          note("case 1");
          noted->count_down();
          release->wait();
        },
        [](std::int64_t) {});
    bool asked = false;
    EXPECT_TRUE(pipeline.next([](std::int64_t) {},
                              [&] {
                                if (!in_warning && !std::exchange(asked, true)) meet();
                                return false;
                              }));
    EXPECT_TRUE(met) << (in_warning ? "warning" : "asking");
  }
}

TEST(JobPipeline, BeginsNoMoreThreadsThanCanBeAtWork) {
  const JobPipeline pipeline(
      {.end = 1000, .parts = 3, .threads = 1024, .ahead = 2},
      [](std::int64_t, std::int64_t, const JobPipeline::Note&) {},
      [](std::int64_t) {});
  EXPECT_EQ(pipeline.threads(), 6U);
}

/// From now on no thread can be started: no memory has room for its stack.
void let_no_thread_start() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{1} << 60);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

TEST(JobPipeline, EndsInOrderWhereThreadsCannotStart) {
  pthread_attr_t before;
  pthread_getattr_default_np(&before);
  // Some threads start, and the first at work keeps the others from it.
  auto jobs = std::make_shared<std::atomic<int>>(0);
  EXPECT_THROW(JobPipeline(
                   {.end = 1000000, .threads = 5000, .ahead = 5000},
                   [jobs](std::int64_t, std::int64_t, const JobPipeline::Note&) {
                     if (jobs->fetch_add(1) == 0) let_no_thread_start();
                     std::this_thread::sleep_for(std::chrono::milliseconds(1));
                   },
                   [](std::int64_t) {}),
               std::system_error);
  EXPECT_GE(*jobs, 1) << "none was started";
  EXPECT_EQ(jobs.use_count(), 1) << "a thread is left that works";
  let_no_thread_start();
  EXPECT_THROW(JobPipeline(
                   {.end = 1, .threads = 1},
                   [](std::int64_t, std::int64_t, const JobPipeline::Note&) {},
                   [](std::int64_t) {}),
               std::system_error);
  pthread_setattr_default_np(&before);
  pthread_attr_destroy(&before);
}

TEST(JobPipeline, AWorkerWithoutMemoryForItsNoteIsAnErrorLikeAnother) {
  // The note of the next part is longer than what a string holds without memory of its own.
  JobPipeline pipeline(
      {.first = 1000000, .end = 2000000, .threads = 1},
      [](std::int64_t, std::int64_t, const JobPipeline::Note&) { no_memory = true; },
      [](std::int64_t) {});
  EXPECT_THROW(while (true) pipeline.next([](std::int64_t) {}, never), std::bad_alloc);
}

TEST(Watchdog, DoesNotCountTimeInWhichTheProgramStandsStill) {
  std::vector<std::string> warnings;
  const auto describe = [](double minutes) { return std::to_string(minutes); };
  Watchdog watchdog(1, [&](const std::string& warning) { warnings.push_back(warning); });
  Watchdog::Clock::time_point now{};
  const auto look = [&](std::chrono::milliseconds later, std::int64_t done) {
    now += later;
    watchdog.look(now, done, describe);
  };
  constexpr std::chrono::milliseconds kLook{100};
  look(kLook, 3);
  // Stopped for a night, ten times.
  for (int i = 0; i < 10; ++i) look(std::chrono::hours(8), 3);
  EXPECT_TRUE(warnings.empty());
  for (int i = 0; i < 110; ++i) look(kLook, 3);
  EXPECT_EQ(warnings.size(), 1U) << "13 s of looks, between one and two fifths of the patience";
  look(kLook, 4);
  for (int i = 0; i < 599; ++i) look(kLook, 4);
  EXPECT_EQ(warnings.size(), 5U) << "what was done begins it anew";
  EXPECT_THROW(look(kLook, 4), RetryError);
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

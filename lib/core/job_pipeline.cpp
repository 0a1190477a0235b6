#include "core/job_pipeline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "core/watchdog.hpp"

namespace regionwise {
namespace {

constexpr std::chrono::milliseconds kLookForCancelling{100};
constexpr int kLooksAtTheEnd = 50;

// Threads are the process's, and so is what has to be known when it ends.
std::atomic<bool> left = false;

/// No more threads than there can be parts under way.
PipelineOptions bounded(PipelineOptions options) {
  options.threads =
      static_cast<int>(std::min<std::int64_t>(options.threads, options.parts * options.ahead));
  return options;
}

}  // namespace

/// What the workers share; it lives as long as the last of them.
struct JobPipeline::State {
  struct Place {
    std::int64_t parts_left = 0;
    bool finished = false;
  };

  State(const PipelineOptions& given, Work do_work, JobAction do_finish)
      : options(bounded(given)),
        work(std::move(do_work)),
        finish(std::move(do_finish)),
        taken(given.first),
        next_job(given.first),
        places(static_cast<std::size_t>(given.ahead)),
        notes(static_cast<std::size_t>(options.threads)) {}

  Place& place_of(std::int64_t job) {
    return places[static_cast<std::size_t>(job % options.ahead)];
  }
  bool has_work() const { return next_job < std::min(options.end, taken + options.ahead); }

  void run_worker(std::size_t worker);
  void do_parts(std::size_t worker);
  void do_part(std::int64_t job, std::int64_t part, const Note& note);
  std::string complaint(double minutes);

  const PipelineOptions options;
  const Work work;
  const JobAction finish;

  std::mutex mutex;  ///< Of everything below.
  std::condition_variable may_work;
  std::condition_variable changed;  ///< A job is finished, a worker has failed or ended.
  std::int64_t taken;               ///< The first job that is not yet taken.
  std::int64_t next_job;            ///< The next part to be begun.
  std::int64_t next_part = 0;
  std::vector<Place> places;
  std::vector<std::string> notes;  ///< What each worker is at.
  std::exception_ptr failure;
  std::int64_t parts_done = 0;
  bool stopping = false;
  int running = 0;
};

/// Nothing that goes wrong in a worker ends the program; there may be no memory for its note, say.
void JobPipeline::State::run_worker(std::size_t worker) {
  try {
    do_parts(worker);
  } catch (...) {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
    stopping = true;
  }
  const std::lock_guard lock(mutex);
  notes[worker].clear();
  --running;
  may_work.notify_all();
  changed.notify_all();
}

void JobPipeline::State::do_parts(std::size_t worker) {
  const Note note = [&](std::string text) {
    const std::lock_guard lock(mutex);
    notes[worker] = std::move(text);
  };
  std::unique_lock lock(mutex);
  while (true) {
    may_work.wait(lock, [&] { return stopping || has_work() || next_job == options.end; });
    if (stopping || next_job == options.end) return;
    const std::int64_t job = next_job;
    const std::int64_t part = next_part++;
    if (part == 0) place_of(job) = {.parts_left = options.parts};
    if (next_part == options.parts) {
      ++next_job;
      next_part = 0;
    }
    notes[worker] = fmt::format("part {} of job {}", part, job);
    lock.unlock();
    do_part(job, part, note);
    lock.lock();
    notes[worker].clear();
  }
}

std::string JobPipeline::State::complaint(double minutes) {
  const std::lock_guard lock(mutex);
  std::vector<std::string> busy = notes;
  std::erase(busy, "");
  return fmt::format("nothing came for {:.3g} minutes from the threads at work on: {}",
                     minutes,
                     fmt::join(busy, "; "));
}

void JobPipeline::State::do_part(std::int64_t job, std::int64_t part, const Note& note) {
  work(job, part, note);
  {
    const std::lock_guard lock(mutex);
    ++parts_done;
    if (--place_of(job).parts_left > 0) return;
  }
  finish(job);
  const std::lock_guard lock(mutex);
  place_of(job).finished = true;
  changed.notify_all();
}

JobPipeline::JobPipeline(const PipelineOptions& options, Work work, JobAction finish)
    : state_(std::make_shared<State>(options, std::move(work), std::move(finish))) {
  for (int worker = 0; worker < state_->options.threads; ++worker) {
    {
      const std::lock_guard lock(state_->mutex);
      ++state_->running;
    }
    try {
      workers_.emplace_back(
          [state = state_, worker] { state->run_worker(static_cast<std::size_t>(worker)); });
    } catch (...) {
      // Those that run are waited for: a thread that is neither joined nor left ends the program.
      {
        const std::lock_guard lock(state_->mutex);
        --state_->running;
      }
      end_workers();
      throw;
    }
  }
}

bool worker_was_left() {
  return left;
}

JobPipeline::~JobPipeline() {
  end_workers();
}

void JobPipeline::end_workers() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->may_work.notify_all();
  const auto all_ended = [&] { return state_->running == 0; };
  // Look by look, for the reason that the watchdog has.
  bool ended = all_ended();
  for (int look = 0; look < kLooksAtTheEnd && !ended; ++look) {
    ended = state_->changed.wait_for(lock, kLookForCancelling, all_ended);
  }
  lock.unlock();
  for (std::thread& worker : workers_) {
    if (ended) {
      worker.join();
    } else {
      left = true;
      worker.detach();
    }
  }
}

bool JobPipeline::do_next(const JobAction& take, const std::function<bool()>& cancelled) {
  State& state = *state_;
  const std::int64_t job = state.taken;
  for (std::int64_t part = 0; part < state.options.parts; ++part) {
    if (cancelled()) return false;
    state.work(job, part, [](const std::string&) {});
  }
  state.finish(job);
  take(job);
  ++state.taken;
  return true;
}

bool JobPipeline::next(const JobAction& take, const std::function<bool()>& cancelled) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  const std::int64_t job = state.taken;
  if (job >= state.options.end) throw std::out_of_range("no job is left");
  if (workers_.empty()) {
    lock.unlock();
    return do_next(take, cancelled);
  }
  Watchdog watchdog(state.options.patience_minutes, state.options.warn);
  while (!state.failure && !state.place_of(job).finished) {
    // The callers' functions may take their time, and the workers need the lock meanwhile.
    const std::int64_t parts_done = state.parts_done;
    lock.unlock();
    if (cancelled()) return false;
    watchdog.look(Watchdog::Clock::now(), parts_done, [&](double minutes) {
      return state.complaint(minutes);
    });
    lock.lock();
    if (state.failure || state.place_of(job).finished) break;
    state.changed.wait_for(lock, kLookForCancelling);
  }
  if (state.failure) std::rethrow_exception(state.failure);
  lock.unlock();
  take(job);
  lock.lock();
  state.place_of(job).finished = false;
  ++state.taken;
  state.may_work.notify_all();
  return true;
}

}  // namespace regionwise

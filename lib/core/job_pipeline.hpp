#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace regionwise {

struct PipelineOptions {
  std::int64_t first = 0;  ///< The jobs are first, first + 1, … end − 1.
  std::int64_t end = 0;
  std::int64_t parts = 1;  ///< Units of work of a job, at least 1.
  /// Worker threads, of which no more are begun than can be at work at once (parts × ahead); 0: the
  /// work is done where the jobs are taken.
  int threads = 1;
  std::int64_t ahead = 4;  ///< Jobs begun but not yet taken, at most; at least 1.
  /// A wait in which no part is done for longer than this is an error (core/watchdog.hpp: time in
  /// which the whole program stands still is no wait) …
  double patience_minutes = 5;
  /// … of which each fifth of that time brings a warning, with what the workers are at. Called by
  /// the thread that waits; no lock is held meanwhile.
  std::function<void(const std::string&)> warn = {};
};

/// Does numbered jobs ahead of time, several workers sharing the parts of one job, and hands them
/// over in order. What a job yields lies with the caller, in one of `ahead` places: job modulo
/// ahead.
class JobPipeline {
 public:
  /// Called with what a part is at ("case 3, slice 7"), for the message of a wait that was too
  /// long.
  using Note = std::function<void(std::string)>;
  using Work = std::function<void(std::int64_t job, std::int64_t part, const Note& note)>;
  using JobAction = std::function<void(std::int64_t job)>;

  /// `work` does one part, in any thread and any order; `finish` is called once all parts of a job
  /// are done, by the worker that did the last. Both, and what they use, are kept until the last
  /// worker has ended, which may be after the pipeline's end (see the destructor).
  JobPipeline(const PipelineOptions& options, Work work, JobAction finish);
  /// Waits for workers to end the part that they are at. One that does not end within 5 s (it reads
  /// from a file system that hangs) is left to itself; see worker_was_left.
  ~JobPipeline();
  JobPipeline(const JobPipeline&) = delete;
  JobPipeline& operator=(const JobPipeline&) = delete;

  /// Waits for the next job in order, calls `take` for it and lets another job have its place.
  /// False, without a job, where `cancelled` came true while waiting. Throws what the first worker
  /// that failed threw, which ended the others; RetryError, naming what the workers are at, where
  /// nothing was done in time; std::out_of_range behind the last job.
  bool next(const JobAction& take, const std::function<bool()>& cancelled);

  /// Worker threads that were begun.
  std::size_t threads() const { return workers_.size(); }

 private:
  bool do_next(const JobAction& take, const std::function<bool()>& cancelled);
  void end_workers();
  struct State;

  std::shared_ptr<State> state_;
  std::vector<std::thread> workers_;
};

/// Whether a worker of any pipeline was left to itself. It may go on at any time, and a program
/// must not take away what it uses then: its end is std::_Exit, which lets no library tidy up.
bool worker_was_left();

}  // namespace regionwise

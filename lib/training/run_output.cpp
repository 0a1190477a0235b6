#include "training/run_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/watchdog.hpp"
#include "reporting/live_history.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/seeds.hpp"
#include "storage/complete_file.hpp"
#include "storage/hdf5_answers.hpp"
#include "storage/output_lock.hpp"
#include "training/epoch_history.hpp"

namespace regionwise::training {
namespace {

namespace fs = std::filesystem;

/// With what the loader's end takes, less than the 10 s in which a signal ends the program.
constexpr std::chrono::seconds kPatienceWithHdf5{3};
constexpr std::chrono::milliseconds kLook{100};

fs::path newest_checkpoint(const fs::path& output) {
  return output.string() + ".unfinished";
}
fs::path previous_checkpoint(const fs::path& output) {
  return newest_checkpoint(output).string() + ".previous";
}

/// A checkpoint that is whole, but has not got its name yet.
fs::path next_checkpoint(const fs::path& output) {
  return newest_checkpoint(output).string() + ".next";
}

void give_name(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) {
    throw IoError(fmt::format(
        "{}: cannot be renamed to {}: {}", from.string(), to.string(), failed.message()));
  }
}

/// A signal that comes while a file is sealed ends that. But it asks for just what is written here,
/// and no signal ends the second attempt.
void write_despite_signals(const fs::path& path,
                           const storage::RunRecord& run,
                           const storage::Provenance& provenance,
                           const storage::WriteOptions& options) {
  try {
    storage::write_run(path, run, provenance, options);
  } catch (const RetryError&) {
    storage::write_run(path, run, provenance, options);
  }
}

std::vector<std::int64_t> asked_of(const storage::RunRecord& run) {
  return run.signs ? run.signs->asked : std::vector<std::int64_t>();
}

/// Of a file that lies beside an output, under the output's name and an ending.
void refuse_name_of_companion(const fs::path& output) {
  std::vector<fs::path> endings = checkpoints_of("");
  endings.push_back(reporting::live_history_path(""));
  for (const fs::path& ending : endings) {
    if (!output.native().ends_with(ending.native())) continue;
    throw UsageError(fmt::format("{}: {} is how a file beside a run ends: name another output",
                                 output.string(),
                                 ending.string()));
  }
}

}  // namespace

std::vector<fs::path> checkpoints_of(const fs::path& output) {
  return {next_checkpoint(output), newest_checkpoint(output), previous_checkpoint(output)};
}

bool is_unfinished(const fs::path& output) {
  const auto checkpoints = checkpoints_of(output);
  return std::any_of(checkpoints.begin(), checkpoints.end(), [](const fs::path& checkpoint) {
    return fs::exists(checkpoint);
  });
}

RunOutput::RunOutput(const TrainingJob& job, const storage::WriteOptions& options, Log& log)
    : job_(job), options_(options), log_(log) {
  refuse_name_of_companion(job.output);
}

std::optional<storage::RunOutcome> RunOutput::finished_before(const storage::RunRecord& ours) {
  const bool anew = options_.overwrite && !job_.keep_finished;
  if (anew || !fs::exists(job_.output)) return std::nullopt;
  std::string reason;
  try {
    const storage::RunOutcome outcome = read_outcome(ours);
    // What one left that was killed when all was done: its lock, and maybe checkpoints.
    // Where there is nothing of it the folder may be one that can only be read.
    if (is_unfinished(job_.output) || fs::exists(job_.output.string() + storage::kLockEnding)) {
      const storage::OutputLock tidying(job_.output);
      remove_checkpoints();
    }
    log_.info(fmt::format("{}: is finished already; --force trains it anew", job_.output.string()));
    return outcome;
  } catch (const UsageError& another_job) {
    reason = another_job.what();
    if (!options_.overwrite) {
      throw UsageError(reason + ": give the same, or --force to train anew");
    }
  } catch (const DataError& no_such_run) {
    reason = no_such_run.what();
    if (!options_.overwrite) throw IoError(reason + ": --force replaces it");
  }
  log_.warn(reason + "; training anew");
  return std::nullopt;
}

/// Of the output. UsageError where it is that of another job, DataError where it is no finished
/// run.
storage::RunOutcome RunOutput::read_outcome(const storage::RunRecord& ours) const {
  const std::string name = job_.output.string();
  const storage::RunRecord run = storage::read_run(job_.output, /*with_state=*/false);
  const std::string other = difference(run, ours);
  if (!other.empty()) throw UsageError(fmt::format("{}: was trained with another {}", name, other));
  const auto outcome = reporting::outcome_of(run);
  if (!outcome) throw DataError(name + ": is not finished, whatever its name says");
  return *outcome;
}

std::optional<storage::RunRecord> RunOutput::claim(const storage::RunRecord& ours) {
  {
    const storage::CompleteFile probe(job_.output, options_.overwrite);
  }  // found out now, not at the end
  lock_.emplace(job_.output);
  auto begun = newest_whole_checkpoint();
  if (!begun) {
    refuse_foreign_history(ours);
    return std::nullopt;
  }
  const std::string other = difference(*begun, ours);
  if (other.empty()) return begun;
  const std::string unfinished = newest_checkpoint(job_.output).string();
  if (!options_.overwrite) {
    throw UsageError(
        fmt::format("{}: was begun with another {}: give the same, or --force to begin "
                    "anew",
                    unfinished,
                    other));
  }
  log_.warn(fmt::format("{}: was begun with another {}; beginning anew", unfinished, other));
  remove_checkpoints();
  return std::nullopt;
}

std::optional<storage::RunRecord> RunOutput::newest_whole_checkpoint() {
  std::string damage;
  for (const fs::path& checkpoint : checkpoints_of(job_.output)) {
    if (!fs::exists(checkpoint)) continue;
    try {
      auto begun = storage::read_run(checkpoint);
      if (!damage.empty()) {
        log_.warn(fmt::format("{}; going on from the checkpoint before it", damage));
      }
      if (checkpoint == next_checkpoint(job_.output)) {
        name_next(/*keep_previous=*/true);
      } else if (!damage.empty()) {
        give_name(checkpoint, newest_checkpoint(job_.output));
      }
      return begun;
    } catch (const DataError& error) {
      if (damage.empty()) damage = error.what();
    }
  }
  if (damage.empty()) return std::nullopt;
  if (!options_.overwrite) {
    throw DataError(fmt::format("{}: to begin this training anew, give --force", damage));
  }
  log_.warn(fmt::format("{}; beginning anew", damage));
  remove_checkpoints();
  return std::nullopt;
}

/// Of a training that was killed before its first checkpoint the history may be all there is.
void RunOutput::refuse_foreign_history(const storage::RunRecord& ours) const {
  const fs::path file = reporting::live_history_path(job_.output);
  if (options_.overwrite || !fs::exists(file)) return;
  try {
    const storage::RunRecord theirs = reporting::read_live_history(file).record;
    if (theirs.name == ours.name && theirs.seed == ours.seed) return;
  } catch (const DataError&) {
    // No history at all: somebody's own file, for all that is known.
  }
  throw IoError(file.string() +
                ": exists: is not the history of this training, use --force to replace it");
}

/// What makes another training another one than this; empty where nothing does.
std::string RunOutput::difference(const storage::RunRecord& other,
                                  const storage::RunRecord& ours) const {
  auto training = reporting::training_difference(other, ours);
  if (!training.empty()) return training;
  if (other.seed != ours.seed) return fmt::format("seed ({})", other.seed);
  if (other.replaced_seeds != ours.replaced_seeds) return "list of runs that it replaces";
  if (asked_of(other) != asked_of(ours)) return "list of epochs to record signs at";
  if (!job_.stop_failed) {
    return reporting::was_given_up(other) ? "request (it gave up: --stop-failed)" : "";
  }
  // It went on where this one would have given up, unless that is where it stands. A training that
  // diverged has a row for the epoch in which it did, and a validation that was not due.
  const auto hopeless = reporting::hopeless_since(other.validation, job_.config.failure);
  if (!hopeless || !validation_is_due(job_.config, *hopeless)) return {};
  const bool beyond = other.training.rows() > *hopeless || other.iteration > 0;
  return beyond ? "request (not --stop-failed)" : "";
}

/// Keeps the loader's threads out of HDF5 until the file is written. Where one of them does not
/// leave it, the patience is that with a batch that does not come; after a signal it is short.
std::unique_lock<std::recursive_timed_mutex> RunOutput::enter_hdf5() const {
  Watchdog watchdog(job_.patience_minutes, [this](const std::string& text) { log_.warn(text); });
  auto entered = storage::enter_hdf5_within(kLook);
  while (!entered && !interrupted()) {
    watchdog.look(Watchdog::Clock::now(), 0, [&](double minutes) {
      return fmt::format(
          "{}: nothing could be saved for {:.3g} minutes, since HDF5 waits for a read that does "
          "not return",
          job_.output.string(),
          minutes);
    });
    entered = storage::enter_hdf5_within(kLook);
  }
  return entered ? std::move(entered) : enter_hdf5_or_leave("stopped");
}

std::unique_lock<std::recursive_timed_mutex> RunOutput::enter_hdf5_or_leave(
    const std::string& why) const {
  auto entered = storage::enter_hdf5_within(kPatienceWithHdf5);
  if (entered) return entered;
  throw RetryError(fmt::format(
      "{}: {}; no new checkpoint was written, since HDF5 waits for a read that does not "
      "return: run the same command again to resume from the last one",
      job_.output.string(),
      why));
}

/// Makes the next checkpoint the newest, and the newest the previous one. With `keep_previous` that
/// is kept where there is one: the newest may be damaged, for all that is known.
void RunOutput::name_next(bool keep_previous) const {
  const fs::path newest = newest_checkpoint(job_.output);
  const fs::path previous = previous_checkpoint(job_.output);
  if (fs::exists(newest) && !(keep_previous && fs::exists(previous))) give_name(newest, previous);
  give_name(next_checkpoint(job_.output), newest);
  storage::sync_folder_of(newest);
}

void RunOutput::checkpoint(const storage::RunRecord& now, const storage::Provenance& provenance) {
  const auto entered = enter_hdf5();
  write_checkpoint(now, provenance);
}

void RunOutput::checkpoint_or_leave(const storage::RunRecord& now,
                                    const storage::Provenance& provenance,
                                    const std::string& why) {
  const auto entered = enter_hdf5_or_leave(why);
  write_checkpoint(now, provenance);
}

void RunOutput::write_checkpoint(const storage::RunRecord& now, storage::Provenance provenance) {
  provenance.inputs.clear();  // which the finished run names
  storage::WriteOptions options = options_;
  options.overwrite = true;
  // At every instant two whole ones have names, once there are two.
  const fs::path next = next_checkpoint(job_.output);
  write_despite_signals(next, now, provenance, options);
  try {
    name_next(/*keep_previous=*/false);
  } catch (const IoError&) {
    std::error_code ignored;
    if (fs::exists(newest_checkpoint(job_.output), ignored)) fs::remove(next, ignored);
    throw;
  }
  last_checkpoint_ = std::chrono::steady_clock::now();
}

double RunOutput::minutes_since_checkpoint() const {
  const auto since = std::chrono::steady_clock::now() - last_checkpoint_;
  return std::chrono::duration<double, std::ratio<60>>(since).count();
}

void RunOutput::finish(const storage::RunRecord& run, const storage::Provenance& provenance) {
  const auto entered = enter_hdf5();
  write_despite_signals(job_.output, run, provenance, options_);
  remove_checkpoints();
}

/// The newest last: where it is gone, there is nothing left to tidy.
void RunOutput::remove_checkpoints() const {
  fs::remove(next_checkpoint(job_.output));
  fs::remove(previous_checkpoint(job_.output));
  fs::remove(newest_checkpoint(job_.output));
}

}  // namespace regionwise::training

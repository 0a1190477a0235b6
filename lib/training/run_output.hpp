#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "storage/output_lock.hpp"
#include "storage/provenance.hpp"
#include "storage/run_file.hpp"
#include "training/job.hpp"

namespace regionwise::training {

/// The file of one training while it is made: what earlier programs left of it, its lock, its
/// checkpoints and its end. `ours` is always the record of the job as this program would begin it.
class RunOutput {
 public:
  /// Both must outlive it. UsageError where the job's output has the name of a file beside one.
  RunOutput(const TrainingJob& job, const storage::WriteOptions& options, Log& log);

  /// What this very job became when it was trained before; none where it is to be trained, since
  /// there is no output or it is to be overwritten. UsageError where it is that of another job,
  /// IoError where it is something else; a warning where such an output is to be overwritten.
  std::optional<storage::RunOutcome> finished_before(const storage::RunRecord& ours);

  /// Keeps others from the output from now on, and returns the newest checkpoint that is whole;
  /// none where the training begins at its start. UsageError where it is that of another job and
  /// DataError where there is none but damaged ones, IoError where there is none and a history that
  /// is not this training's lies beside the output, unless the output is to be overwritten.
  std::optional<storage::RunRecord> claim(const storage::RunRecord& ours);

  /// The one before it is kept, for the case that this one is damaged when it is needed. A thread
  /// that is inside HDF5 and keeps everyone else out, since it reads from a file system that hangs,
  /// is waited for as long as for a batch (job.patience_minutes), with warnings, then RetryError.
  void checkpoint(const storage::RunRecord& now, const storage::Provenance& provenance);
  /// For one who ends, because of `why`: as above, but waits for a few seconds only. RetryError
  /// after them: the last checkpoint has to do.
  void checkpoint_or_leave(const storage::RunRecord& now,
                           const storage::Provenance& provenance,
                           const std::string& why);
  double minutes_since_checkpoint() const;

  /// The finished file, once HDF5 can be entered, as above; there are no checkpoints any more.
  void finish(const storage::RunRecord& run, const storage::Provenance& provenance);

 private:
  storage::RunOutcome read_outcome(const storage::RunRecord& ours) const;
  std::string difference(const storage::RunRecord& other, const storage::RunRecord& ours) const;
  std::optional<storage::RunRecord> newest_whole_checkpoint();
  void refuse_foreign_history(const storage::RunRecord& ours) const;
  void name_next(bool keep_previous) const;
  void remove_checkpoints() const;
  std::unique_lock<std::recursive_timed_mutex> enter_hdf5() const;
  std::unique_lock<std::recursive_timed_mutex> enter_hdf5_or_leave(const std::string& why) const;
  void write_checkpoint(const storage::RunRecord& now, storage::Provenance provenance);

  const TrainingJob& job_;
  storage::WriteOptions options_;
  Log& log_;
  std::optional<storage::OutputLock> lock_;  ///< Of the whole training, checkpoints and all.
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
};

/// Where the checkpoints of an unfinished training lie, the newest first: the output's name with
/// ".unfinished.next" (only between being written and being named), ".unfinished" and
/// ".unfinished.previous" behind it.
std::vector<std::filesystem::path> checkpoints_of(const std::filesystem::path& output);
/// Whether any of them is there.
bool is_unfinished(const std::filesystem::path& output);

}  // namespace regionwise::training

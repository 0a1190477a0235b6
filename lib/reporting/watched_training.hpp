#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "reporting/live_history.hpp"

namespace regionwise::reporting {

/// What can be seen of a training while it runs.
struct WatchedTraining {
  LiveHistory history;           ///< `record.finished` only where the output is there.
  std::filesystem::path source;  ///< The file that says so.
  /// It is a finished try of a model that is not there: it failed, or is about to become the model.
  bool is_ended_try = false;
};

/// The output (`train -o`) that a history beside it belongs to; another path is an output itself.
std::filesystem::path output_of(const std::filesystem::path& output_or_history);

/// The output of the model of a table that a try is for: MODEL.run.h5 of MODEL.seed-N.run.h5, where
/// the second becomes the first if it converges (scripts/train_until_converged.sh). Another path is
/// returned as it is.
std::filesystem::path model_of(const std::filesystem::path& output);

/// The newest word on a training, none where there is none (yet, or any more). That is its output;
/// but the history beside it where it is newer and tells of another training, one that will replace
/// the output. Where neither is there, the last of a model's tries. IoError and DataError where a
/// file is there and cannot be read.
std::optional<WatchedTraining> look_at_training(const std::filesystem::path& output);

/// Whether a training that is not finished is likely not to go on: what was seen of it has not
/// changed for `patience`, and no program holds its output, or that of a try of its model. (On a
/// file system without locks that is said of a training whose epochs take longer, too.)
bool is_given_up(const std::filesystem::path& output,
                 const WatchedTraining& seen,
                 std::chrono::duration<double> patience);

}  // namespace regionwise::reporting

#pragma once

#include <string>

#include "core/log.hpp"
#include "storage/provenance.hpp"
#include "storage/run_outcome.hpp"
#include "training/hooks.hpp"
#include "training/job.hpp"

namespace regionwise::training {

/// What became of a training.
struct TrainingResult {
  storage::RunOutcome outcome;
  /// Where a value ceased to be finite: epoch, iteration, tensor, cases; empty where none did, and
  /// where the output was finished before.
  std::string divergence = {};
};
/// In words, in one line; of a training that diverged with where it did and what to do about it.
std::string describe(const TrainingResult& result);

/// Trains one model and says what became of it, also in the file. Continues an unfinished training
/// of the same job (RunOutput), which then ends with the same bytes as one never interrupted; one
/// that is finished is left as it is, and its outcome returned again. One that meets a value that
/// is not finite ends there, as failed; it is the caller who says so. Throws RetryError where it
/// was interrupted (after a checkpoint); UsageError where output or unfinished training are of
/// another configuration, seed, dataset or request, unless options.overwrite begins anew; DataError
/// and UsageError of reporting::replaced_seeds.
TrainingResult train(const TrainingJob& job,
                     const MakeValidator& make_validator,
                     storage::Provenance provenance,
                     const storage::WriteOptions& options,
                     Log& log);

}  // namespace regionwise::training

#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "storage/provenance.hpp"
#include "storage/run_outcome.hpp"
#include "training/config.hpp"
#include "training/hooks.hpp"

namespace regionwise::training {

struct TrainingJob {
  std::filesystem::path data;
  std::filesystem::path maps;  ///< Precomputed maps; empty: computed on the fly.
  std::filesystem::path output;
  TrainingConfig config;
  std::uint64_t seed = 0;
  torch::Device device = torch::kCPU;
  bool record_steps = true;        ///< On a GPU: as CUDA graphs, where that can be (DeviceStep).
  double checkpoint_minutes = 10;  ///< Time between checkpoints …
  std::int64_t checkpoint_epochs = 10;  ///< … and epochs between them; whichever comes first.
  std::int64_t max_iterations = 0;      ///< Stop resumably after so many iterations; 0: never.
  int loader_threads = 1;  ///< Make batches ahead; 0: none does. The same bytes whatever they are.
  /// Minutes without a sample from these threads after which the training ends resumably, naming
  /// the cases that they are at; a fifth of it brings a warning.
  double patience_minutes = 5;
  /// End where the rule of the configuration calls it hopeless. Part of what the job is: one that
  /// gave up is not the output of one that does not, nor the reverse.
  bool stop_failed = false;
  /// An output that this same job wrote before is not an error: its outcome is returned again.
  bool accept_finished = false;
  std::vector<std::filesystem::path> replaces;  ///< Failed runs in whose place this one stands.
  std::vector<std::int64_t> sign_epochs;        ///< Epochs done, at whose ends to count signs …
  MakeSignRecorder make_sign_recorder;          ///< … with this.
};

/// What became of a training.
struct TrainingResult {
  storage::RunOutcome outcome;
  /// Where a value ceased to be finite: epoch, iteration, tensor, cases; empty where none did, and
  /// where the output was finished before.
  std::string divergence = {};
};
/// In words, in one line; of a training that diverged with where it did and what to do about it.
std::string describe(const TrainingResult& result);

/// Where an unfinished training lives: the output's name with ".unfinished" behind it. The output
/// itself appears when the training is complete.
std::filesystem::path unfinished_path(const std::filesystem::path& output);

/// Trains one model and says what became of it, also in the file. Continues an unfinished training
/// of the same job, which then ends with the same bytes as one never interrupted. One that meets a
/// value that is not finite ends there, as failed; it is the caller who says so. Throws RetryError
/// where it was interrupted (after a checkpoint); IoError where the output is finished already and
/// UsageError where the unfinished training was begun with another configuration, seed, dataset or
/// request, unless options.overwrite begins anew; DataError and UsageError of
/// reporting::replaced_seeds.
TrainingResult train(const TrainingJob& job,
                     const MakeValidator& make_validator,
                     storage::Provenance provenance,
                     const storage::WriteOptions& options,
                     Log& log);

}  // namespace regionwise::training

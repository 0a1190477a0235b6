#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "training/config.hpp"
#include "training/hooks.hpp"

namespace regionwise::training {

/// One training, as it is asked for.
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
  /// Where outputs are overwritten: but not one that this very job finished before.
  bool keep_finished = false;
  std::vector<std::filesystem::path> replaces;  ///< Failed runs in whose place this one stands.
  std::vector<std::int64_t> sign_epochs;        ///< Epochs done, at whose ends to count signs …
  MakeSignRecorder make_sign_recorder;          ///< … with this.
};

}  // namespace regionwise::training

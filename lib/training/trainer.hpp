#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "network/unet.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/provenance.hpp"
#include "training/config.hpp"

namespace regionwise::training {

/// What a validation finds, each per foreground class: means over the cases, as `evaluate` makes
/// them (a missed class counts 0 for Dice and is dropped from the Hausdorff distance, see
/// `misses`).
struct ValidationResult {
  std::vector<double> dice;
  std::vector<double> hausdorff_mm;  ///< Empty where it was not asked for.
  std::vector<double> misses;        ///< Cases that have the class in which none was predicted.
};
/// In words: means over the classes that have a value, with the misses of all classes together,
/// such as "Dice 0.8123, HD 35.27 mm (30 missed)".
std::string describe_validation(const ValidationResult& result);
/// Throws RetryError where it is interrupted: the training then stops, and validates when resumed.
using Validate = std::function<ValidationResult(network::UNet& net)>;
using MakeValidator = std::function<Validate(const storage::DatasetReader& dataset,
                                             const planning::Plan& plan,
                                             const TrainingConfig& config)>;

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
};

/// Where an unfinished training lives: the output's name with ".unfinished" behind it. The output
/// itself appears when the training is complete.
std::filesystem::path unfinished_path(const std::filesystem::path& output);

/// Trains one model. Continues an unfinished training of the same job, which then ends with the
/// same bytes as one never interrupted. Throws RetryError where it was interrupted (after a
/// checkpoint) or met a value that is not finite; IoError where the output is finished already and
/// UsageError where the unfinished training was begun with another configuration, seed or dataset,
/// unless options.overwrite begins anew.
void train(const TrainingJob& job,
           const MakeValidator& make_validator,
           storage::Provenance provenance,
           const storage::WriteOptions& options,
           Log& log);

}  // namespace regionwise::training

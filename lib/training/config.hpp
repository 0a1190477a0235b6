#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "planning/plan.hpp"
#include "reporting/run_failure.hpp"
#include "training/augmentation_config.hpp"

namespace regionwise::training {

enum class Precision { float32, float64, bfloat16 };

/// Everything that shapes a training, from JSON. Keys are the members' names with - for _ (nested
/// objects where a comment says so). Defaults are the reference's (spec §4) unless said otherwise.
struct TrainingConfig {
  std::string name;  ///< What tables call this configuration; needed.
  /// losses::make_loss; needed. "maps" beside it holds settings of every map (such as
  /// "reference-quirks") that are filled in wherever a map of the loss does not say otherwise; maps
  /// from a file are what compute-maps made them. "gradual": {"epochs": …} does the same for the
  /// ramp of gradual sums: a number, or "all" for as many epochs as the training has.
  Json loss;
  std::int64_t epochs = 300;
  std::int64_t iterations_per_epoch = 250;
  Precision precision = Precision::float32;  ///< "float32", "float64", "bfloat16" (autocast).
  bool deep_supervision = true;

  // "optimizer": Adam with weight decay added to the gradient.
  double learning_rate = 1e-4;
  double weight_decay = 3e-5;
  double polynomial_power = 0.9;  ///< lr(e) = lr0 (1 − e/E)^power
  double gradient_clip = 12;      ///< Total L2 norm.

  // "sampling"
  double foreground_share = 0.33;  ///< Share of a batch that must hold foreground.

  AugmentationConfig augmentation;  ///< "nnunet" (the default), "mirror", "none" or an object.

  // "validation"
  std::int64_t validate_every = 1;    ///< Epochs; the last epoch is always validated.
  std::int64_t validation_cases = 0;  ///< The first n of the split; 0: all.
  bool validation_mirroring = false;  ///< Average over mirrored inputs (spec §5.1).
  bool validation_hausdorff = true;   ///< Also the Hausdorff distance.

  reporting::FailureRule failure;  ///< "failure": when the training counts as failed.

  Json plan = Json::object();  ///< Replaces fields of the dataset's plan.

  void check() const;  ///< UsageError
};

/// Throws UsageError naming file and key.
TrainingConfig parse_config(const Json& json, const std::string& where);
Json to_json(const TrainingConfig& config);

/// Merges configuration files in order (the later wins), then settings such as
/// "optimizer.learning-rate=1e-3" (the value as JSON, or as text where it is none). Throws IoError
/// or UsageError.
TrainingConfig read_config(const std::vector<std::filesystem::path>& files,
                           const std::vector<std::string>& settings);

/// The dataset's plan with the configuration's replacements. UsageError where these would shape the
/// images, which are prepared already.
planning::Plan planned(const Json& dataset_plan,
                       const TrainingConfig& config,
                       const std::string& where);

/// Every so many epochs, and after the last.
bool validation_is_due(const TrainingConfig& config, std::int64_t epochs_done);

/// lr(e) = lr0 (1 − e/E)^power, e 0-based (spec §4.1).
double polynomial_learning_rate(double initial,
                                std::int64_t epoch,
                                std::int64_t epochs,
                                double power);

}  // namespace regionwise::training

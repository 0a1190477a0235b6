#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network/unet.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"
#include "storage/sign_record.hpp"
#include "training/config.hpp"

/// What a training asks of the layers above it at the end of an epoch.
namespace regionwise::training {

/// What a validation finds, each per foreground class: means over the cases, as `evaluate` makes
/// them (a missed class counts 0 for Dice and is dropped from the Hausdorff distance, see
/// `misses`).
struct ValidationResult {
  std::vector<double> dice;
  std::vector<double> hausdorff_mm;  ///< Empty where it was not asked for.
  std::vector<double> misses;        ///< Cases that have the class in which none was predicted.
  std::vector<double> cases = {};    ///< Cases that have the class; empty where not counted.
};
/// In words: means over the classes that have a value, with the misses of all classes together,
/// such as "Dice 0.8123, HD 35.27 mm (30 missed)".
std::string describe_validation(const ValidationResult& result);

/// Throws RetryError where it is interrupted: the training then stops, and validates when resumed.
using Validate = std::function<ValidationResult(network::UNet& net)>;
using MakeValidator = std::function<Validate(const storage::DatasetReader& dataset,
                                             const planning::Plan& plan,
                                             const TrainingConfig& config)>;

/// Adds the sign counts of one epoch to a record. Throws RetryError where it is interrupted:
/// nothing is added then, and the training does as with a validation.
using RecordSigns =
    std::function<void(network::UNet& net, std::int64_t epochs_done, storage::SignRecord& signs)>;
/// `maps` may be null; the loss of `config` is resolved. UsageError where it has no region-wise
/// term.
using MakeSignRecorder = std::function<RecordSigns(const storage::DatasetReader& dataset,
                                                   const storage::MapsReader* maps,
                                                   const planning::Plan& plan,
                                                   const TrainingConfig& config)>;

}  // namespace regionwise::training

#pragma once

#include <vector>

#include "inference/sliding_window.hpp"
#include "training/hooks.hpp"

namespace regionwise::inference {

/// The cases that a training validates on. DataError where there is none.
std::vector<std::size_t> validation_cases(const storage::DatasetReader& dataset,
                                          const training::TrainingConfig& config);

/// How it applies its network to them.
WindowOptions validation_window(const planning::Plan& plan, const training::TrainingConfig& config);

/// The validation that `train` makes after an epoch: whole volumes of the split "validation"
/// segmented as `evaluate` does, mean Dice (and Hausdorff distance in mm) per class.
training::Validate make_validator(const storage::DatasetReader& dataset,
                                  const planning::Plan& plan,
                                  const training::TrainingConfig& config);

}  // namespace regionwise::inference

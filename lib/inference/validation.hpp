#pragma once

#include "training/trainer.hpp"

namespace regionwise::inference {

/// The validation that `train` makes after an epoch: whole volumes of the split "validation"
/// segmented as `evaluate` does, mean Dice (and Hausdorff distance in mm) per class.
training::Validate make_validator(const storage::DatasetReader& dataset,
                                  const planning::Plan& plan,
                                  const training::TrainingConfig& config);

}  // namespace regionwise::inference

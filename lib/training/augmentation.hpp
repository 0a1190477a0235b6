#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/volume.hpp"
#include "training/augmentation_config.hpp"
#include "training/augmentation_steps.hpp"

namespace regionwise::training {

/// What a step that acted on a sample drew.
struct AugmentationDraw {
  std::string step;           ///< As in AugmentationConfig, - for _; "mirror-y" and "mirror-x".
  std::int64_t channel = -1;  ///< -1: the whole sample.
  double value = 0;           ///< In the unit of the step's range; degrees; 1 where mirrored.
};

/// Makes a training sample from what the loader has cut out (spec §4.4, all steps in order): cut to
/// `patch`, varied, labels without -1. `masked`: for each channel whether it was normalised inside
/// the non-zero mask, or empty: none. Each step draws from a stream of its own, so that the result
/// is a function of the sample, the configuration, `seed` and epoch, iteration and sample of
/// `position`, whose purpose is not used. `draws` (may be null) is given what each step that acted
/// drew, in order. Throws UsageError where a map would be bent.
TrainingSample augment(const TrainingSample& loaded,
                       Shape2 patch,
                       const AugmentationConfig& config,
                       const std::vector<bool>& masked,
                       std::uint64_t seed,
                       const DrawPosition& position,
                       std::vector<AugmentationDraw>* draws = nullptr);

}  // namespace regionwise::training

#pragma once

#include <filesystem>
#include <memory>

#include "core/json.hpp"
#include "network/unet.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace regionwise::training {

network::UNetConfig network_config(const storage::DatasetReader& dataset,
                                   const planning::Plan& plan);

/// The maps file of a training, null where the loss computes its maps. UsageError where it is
/// missing or would not be used, DataError where it is not of this dataset file.
std::shared_ptr<const storage::MapsReader> open_maps(const std::filesystem::path& maps_file,
                                                     const Json& loss,
                                                     const storage::DatasetReader& dataset);

}  // namespace regionwise::training

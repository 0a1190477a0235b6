#include "training/job_inputs.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"

namespace regionwise::training {
namespace {

/// Whether a loss, or a part of it, takes its map from a file.
bool takes_map_from_file(const Json& loss) {
  if (!loss.is_structured()) return false;
  for (const auto& [key, value] : loss.items()) {
    if (key == "map" && value.is_object() && value.value("name", "") == "file") return true;
    if (takes_map_from_file(value)) return true;
  }
  return false;
}

}  // namespace

network::UNetConfig network_config(const storage::DatasetReader& dataset,
                                   const planning::Plan& plan) {
  network::UNetConfig config;
  config.in_channels = dataset.channels();
  config.classes = dataset.classes();
  config.strides = plan.strides;
  config.kernels = plan.kernels;
  config.base_features = plan.base_features;
  config.max_features = plan.max_features;
  return config;
}

std::shared_ptr<const storage::MapsReader> open_maps(const std::filesystem::path& maps_file,
                                                     const Json& loss,
                                                     const storage::DatasetReader& dataset) {
  const bool needed = takes_map_from_file(loss);
  if (needed && maps_file.empty()) {
    throw UsageError("the loss takes its map from a file: give it with --maps");
  }
  if (!needed && !maps_file.empty()) {
    throw UsageError("no map of the loss is {\"name\": \"file\"}: --maps would not be used");
  }
  if (!needed) return nullptr;
  auto maps = std::make_shared<const storage::MapsReader>(maps_file);
  if (maps->class_names() != dataset.info().class_names) {
    throw DataError(fmt::format(
        "{}: its classes are not those of {}", maps_file.string(), dataset.path().string()));
  }
  if (maps->dataset_hash() != hash_file(dataset.path())) {
    throw DataError(fmt::format("{}: was not computed from {} as it is now: run compute-maps again",
                                maps_file.string(),
                                dataset.path().string()));
  }
  return maps;
}

}  // namespace regionwise::training

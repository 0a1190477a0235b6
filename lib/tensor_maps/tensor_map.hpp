#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "maps/map.hpp"

/// Region-wise maps by tensor operators, on the device where the labels are and without waiting for
/// it: 2-D, in pixels, absent and full classes by the standard rule. maps::MapSpecification remains
/// what defines each map, and computes all others.
namespace regionwise::tensor_maps {

/// Labels of a batch of 2-D images.
struct LabelImages {
  torch::Tensor labels;  ///< [N, H, W] int64 in 0 … K−1.
  torch::Tensor own;     ///< [N, K, H, W] bool: the pixel is of the class.
};

/// The tensor form of one map. A file lib/tensor_maps/x.cpp defines `TensorMapEntry
/// tensor_map_x()`.
struct TensorMapEntry {
  std::string name;  ///< The maps::MapEntry's.
  /// float64 [N, K, H, W] before class weights; `options` are the map's, defaults filled in.
  std::function<torch::Tensor(const LabelImages& images, const Json& options)> compute;
};

const std::vector<TensorMapEntry>& all_tensor_maps();  ///< Sorted by name.

/// Whether compute() serves a description.
bool available(const maps::MapSpecification& specification);

/// What the specification computes for labels [N, *S], *S = H, W or D, H, W, each slice on its own:
/// [N, K, *S] of `type` (float32 or float64), equal to the bit save where a map takes powers other
/// than 2. The labels must be in 0 … classes−1. A wrong number of class weights is a UsageError.
/// Only where available().
torch::Tensor compute(const maps::MapSpecification& specification,
                      const torch::Tensor& labels,
                      std::int64_t classes,
                      torch::ScalarType type);

/// The map of signed distances in pixels, positive outside each class, negative inside, 0 for a
/// class that is absent or fills the image: float64 [N, K, H, W].
torch::Tensor signed_distances(const LabelImages& images);

}  // namespace regionwise::tensor_maps

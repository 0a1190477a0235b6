#pragma once

#include <torch/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/options.hpp"
#include "losses/loss.hpp"
#include "maps/map.hpp"

namespace regionwise::losses {

/// Computes the region-wise map of a batch: of labels on a GPU there, where the map has a tensor
/// form (tensor_maps::available), else on the CPU, on as many threads as LibTorch uses. labels: [N,
/// *S] in 0 … K−1; the result has the shape, type and device of `like_logits` [N, K, *S]. Each
/// sample is an image of its own: a slice for 4 axes, a volume for 5. spacings_mm: [N] or empty, as
/// in LossInput. Throws DataError: see Loss.
torch::Tensor compute_map(const maps::MapSpecification& specification,
                          const torch::Tensor& labels,
                          const torch::Tensor& like_logits,
                          const std::vector<Spacing3>& spacings_mm);

/// Where a loss takes its region-wise map from: the map that came with the batch, else one computed
/// from the labels. The description is a maps::MapSpecification's, or {"name": "file"}: then every
/// batch must bring its map.
class MapSource {
 public:
  /// Throws UsageError as maps::MapSpecification does.
  MapSource(const Json& description, const std::string& where);

  const Json& resolved() const { return resolved_; }
  /// Whether map_of() of labels on a GPU is computed there.
  bool stays_on_device() const;
  /// [N, K, *S], of the logits' type and on their device. Throws DataError: see Loss.
  torch::Tensor map_of(const LossInput& input) const;

 private:
  std::optional<maps::MapSpecification> specification_;  ///< None: {"name": "file"}.
  Json resolved_;
};

/// The option "map" of every loss that takes one.
OptionDoc map_option();

}  // namespace regionwise::losses

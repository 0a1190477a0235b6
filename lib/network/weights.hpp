#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "network/unet.hpp"
#include "storage/run_file.hpp"

namespace regionwise::network {

/// A copy of a tensor (float32, float64 or int64, any device) for a file.
storage::NamedArray to_array(const std::string& name, const torch::Tensor& tensor);
torch::Tensor to_tensor(const storage::NamedArray& array);

/// All parameters in the reference's order.
std::vector<storage::NamedArray> weights_of(const UNet& net);

/// Copies `weights` into the network, by name. A missing or surplus one, or another shape, is a
/// DataError that names it behind `where`.
void load_weights(UNet& net,
                  const std::vector<storage::NamedArray>& weights,
                  const std::string& where);

}  // namespace regionwise::network

#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <string>
#include <vector>

#include "core/json.hpp"
#include "network/unet.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::testing {

/// The network that a golden file's "config" attribute describes.
inline network::UNetConfig network_of(const Json& config) {
  network::UNetConfig shape;
  shape.in_channels = config.at("in_channels").get<std::int64_t>();
  shape.classes = config.at("num_classes").get<std::int64_t>();
  shape.base_features = config.at("base_num_features").get<std::int64_t>();
  shape.strides = config.at("pool_op_kernel_sizes").get<std::vector<std::array<std::int64_t, 2>>>();
  shape.kernels = config.at("conv_kernel_sizes").get<std::vector<std::array<std::int64_t, 2>>>();
  return shape;
}

template <class T>
torch::Tensor read_tensor(const storage::Hdf5Reader& file, const std::string& name) {
  const std::vector<T> values = file.read<T>(name);
  torch::Tensor tensor = torch::empty(file.extents(name), torch::CppTypeToScalarType<T>::value);
  std::copy(values.begin(), values.end(), tensor.data_ptr<T>());
  return tensor;
}

/// Copies float32 or float64 `group/<parameter>` into the network (of any type).
inline void load_golden_weights(network::UNet& net,
                                const storage::Hdf5Reader& file,
                                const std::string& group) {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : net->named_parameters()) {
    const std::string name = group + "/" + parameter.key();
    parameter.value().copy_(file.element_type(name) == "float32" ? read_tensor<float>(file, name)
                                                                 : read_tensor<double>(file, name));
  }
}

}  // namespace regionwise::testing

#pragma once

#include <torch/types.h>

#include "network/channels_last.hpp"

/// Tensors [N, C, H, W] in channels-last order as the kernels of this layer see them.
namespace regionwise::network {

/// Calls body with a value of the element type's C++ type.
template <class Body>
void with_type(torch::ScalarType type, const Body& body) {
  if (type == torch::kFloat32) return body(float());
  if (type == torch::kFloat64) return body(double());
  TORCH_CHECK(type == torch::kBFloat16, "activations are float32, float64 or bfloat16");
  body(c10::BFloat16());
}

inline Activation shape_of(const torch::Tensor& x) {
  return {x.size(0), x.size(2) * x.size(3), x.size(1)};
}

/// To be filled by its maker.
inline torch::Tensor empty_activation(at::IntArrayRef sizes, const torch::TensorOptions& options) {
  return torch::empty(sizes, options.memory_format(torch::MemoryFormat::ChannelsLast));
}

/// Distance of the pixels' rows where they are evenly spaced channels-last rows (all the channels
/// of a tensor or a part of them); else the tensor is copied into such.
inline std::int64_t row_stride(torch::Tensor& x) {
  const std::int64_t row = x.stride(3);
  const bool rows = x.stride(1) == 1 && row >= x.size(1) && x.stride(2) == row * x.size(3) &&
                    x.stride(0) == row * x.size(2) * x.size(3);
  if (rows) return row;
  x = x.contiguous(torch::MemoryFormat::ChannelsLast);
  return x.size(1);
}

}  // namespace regionwise::network

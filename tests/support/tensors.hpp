#pragma once

#include <torch/types.h>

#include "core/volume.hpp"

namespace regionwise::testing {

/// A label map as int8 [D, H, W].
inline torch::Tensor tensor_of(const Volume<Label>& labels) {
  const Shape3& shape = labels.shape;
  return torch::tensor(labels.values, torch::kInt8).view({shape.depth, shape.height, shape.width});
}

/// The largest |a - b|, in double.
inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace regionwise::testing

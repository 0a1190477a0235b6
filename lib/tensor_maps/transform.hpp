#pragma once

#include <torch/types.h>

#include <cstdint>
#include <limits>

namespace regionwise::tensor_maps {

/// Where an image has one label only.
inline constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();

/// Squared distances in pixels, exact, from each pixel of 2-D images to the nearest one of another
/// label in its image: int32 [N, H, W] on the device of `labels` [N, H, W] (integers in 0 … 127),
/// kNone in an image of one label. Sides of more than 16,384 pixels are a DataError. Nothing waits
/// for the device. On a GPU by the kernels of transform.cu where they are built and for this GPU.
torch::Tensor squared_to_another(const torch::Tensor& labels);

/// The same by LibTorch's operators, wherever the labels are.
torch::Tensor squared_to_another_by_operators(const torch::Tensor& labels);

}  // namespace regionwise::tensor_maps

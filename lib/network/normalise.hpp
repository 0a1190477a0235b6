#pragma once

#include <torch/types.h>

#include <string>
#include <tuple>

namespace regionwise::network {

/// Slope of the LeakyReLU below 0.
constexpr double kLeak = 0.01;
/// Added to the variance by the instance norm.
constexpr double kNormEpsilon = 1e-5;

/// Why normalise() cannot run on a device, whose GPU kernels were not built, or built for other
/// GPUs; empty where it can. Asks CUDA once a GPU.
const std::string& missing_kernels(const torch::Device& device);

/// Whether normalise() has kernels for a device: the CPU, and GPUs that they were built for.
/// LibTorch's operators serve the others.
inline bool normalises_on(const torch::Device& device) {
  return missing_kernels(device).empty();
}

/// InstanceNorm and LeakyReLU in one go. x [N, C, H, W] in channels-last order, float32, float64 or
/// bfloat16; scale and shift [C], float64 for float64 and float32 else. Returns the activation,
/// like x, and means and inverse deviations [2, N, C], which the backward pass needs.
std::tuple<torch::Tensor, torch::Tensor> normalise(const torch::Tensor& x,
                                                   const torch::Tensor& scale,
                                                   const torch::Tensor& shift);

/// From the gradient of the activation, those of x, scale and shift.
std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> normalise_backward(
    torch::Tensor gradient,
    const torch::Tensor& x,
    const torch::Tensor& scale,
    const torch::Tensor& shift,
    const torch::Tensor& statistics);

}  // namespace regionwise::network

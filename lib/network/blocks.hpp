#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>

/// The U-Net's building blocks as differentiable functions. On the CPU they work in channels-last
/// order and in few passes, and so does unit() on GPUs whose kernels were built; the others are
/// LibTorch's operators there. Under autocast activations stay in the autocast type from end to
/// end.
namespace regionwise::network {

/// The parameters of a unit: convolution [out, in, kh, kw] with bias [out]; the norm's [out].
struct UnitParameters {
  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor scale;
  torch::Tensor shift;
};

/// Convolution (padding kernel / 2) → InstanceNorm → LeakyReLU of x [N, C, H, W]. The norm takes
/// out what the bias adds, so the kernels do not add it, and its gradient is exactly 0.
torch::Tensor unit(const torch::Tensor& x,
                   const UnitParameters& parameters,
                   std::array<std::int64_t, 2> stride);

/// Transposed convolution whose kernel is its stride, weight [C, out, sy, sx], joined with the skip
/// connection [N, S, sy·H, sx·W] to [N, out + S, …], the skipped channels last.
torch::Tensor up_and_join(const torch::Tensor& x,
                          const torch::Tensor& weight,
                          const torch::Tensor& skip);

/// Segmentation head, a 1×1 convolution: logits [N, K, H, W], on the CPU of the weight's type
/// whatever that of x.
torch::Tensor head(const torch::Tensor& x, const torch::Tensor& weight);

/// The same by LibTorch's operators alone, for devices without kernels of our own; what the fast
/// ones are compared with.
torch::Tensor plain_unit(const torch::Tensor& x,
                         const UnitParameters& parameters,
                         std::array<std::int64_t, 2> stride);
torch::Tensor plain_up_and_join(const torch::Tensor& x,
                                const torch::Tensor& weight,
                                const torch::Tensor& skip);
torch::Tensor plain_head(const torch::Tensor& x, const torch::Tensor& weight);

}  // namespace regionwise::network

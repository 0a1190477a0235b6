#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <vector>

namespace regionwise::network {

/// Shape of a 2-D nnU-Net (spec §3). Pairs are (y, x).
struct UNetConfig {
  std::int64_t in_channels = 1;
  std::int64_t classes = 2;
  std::vector<std::array<std::int64_t, 2>> strides;  ///< n levels, top to bottom.
  std::vector<std::array<std::int64_t, 2>> kernels;  ///< n + 1; the last is the bottleneck's.
  std::int64_t base_features = 32;  ///< Width at full resolution, doubled a level …
  std::int64_t max_features = 480;  ///< … up to this.

  void check() const;  ///< UsageError
};

/// The generic U-Net of nnU-Net v1, 2-D: units conv–InstanceNorm–LeakyReLU(0.01), strided
/// convolutions down, transposed convolutions up, a segmentation head at every decoder level.
/// Parameter names and their order are the reference's.
class UNetImpl : public torch::nn::Module {
 public:
  explicit UNetImpl(const UNetConfig& config);

  /// images [N, C, H, W], H and W divisible by the product of the strides. Logits of the first
  /// `heads` heads (0: all n), full resolution first: [N, K, H, W], then 1/s_1, 1/(s_1 s_2), …
  std::vector<torch::Tensor> forward(const torch::Tensor& images, std::int64_t heads = 0);

  const UNetConfig& config() const { return config_; }
  std::int64_t levels() const { return static_cast<std::int64_t>(config_.strides.size()); }

 private:
  /// Puts the weights in memory as the convolutions take them; shapes stay.
  void lay_out_weights();

  UNetConfig config_;
  torch::nn::ModuleList localization_;
  torch::nn::ModuleList context_;
  torch::nn::ModuleList up_;
  torch::nn::ModuleList heads_;
};
TORCH_MODULE(UNet);

/// Weights at the start of a training: convolutions normal with the He deviation of spec §3, biases
/// 0, norms 1 and 0. A function of the seed alone, whatever the device or LibTorch's version.
void initialise(UNet& net, std::uint64_t seed);

}  // namespace regionwise::network

#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "network/unet.hpp"

namespace regionwise::bench {

/// The convolutions of a training step and nothing else: of each the forward pass and both
/// gradients, in channels-last order, as the network calls them (a transposed one as the 1×1
/// convolution that it is). LibTorch's library does them, which peers call too, so that no step of
/// theirs or ours takes less.
class StepConvolutions {
 public:
  StepConvolutions(const network::UNetConfig& config,
                   std::int64_t batch,
                   std::int64_t height,
                   std::int64_t width,
                   torch::ScalarType type)
      : batch_(batch), type_(type) {
    const auto levels = static_cast<std::int64_t>(config.strides.size());
    const auto features = [&](std::int64_t depth) {
      return std::min(config.base_features << depth, config.max_features);
    };
    std::vector<Pair> sizes = {{height, width}};
    for (const Pair& stride : config.strides) {
      sizes.push_back({sizes.back()[0] / stride[0], sizes.back()[1] / stride[1]});
    }
    for (std::int64_t depth = 0; depth <= levels; ++depth) {
      const auto at = static_cast<std::size_t>(depth);
      const Pair& kernel = config.kernels[at];
      if (depth == 0) {
        add(config.in_channels, features(0), sizes[0], kernel, {1, 1});
      } else {
        add(features(depth - 1), features(depth), sizes[at - 1], kernel, config.strides[at - 1]);
      }
      add(features(depth), features(depth), sizes[at], kernel, {1, 1});
      if (depth == levels) continue;
      const Pair& stride = config.strides[at];
      const Pair& below = config.kernels[at + 1];
      add(features(depth + 1),
          stride[0] * stride[1] * features(depth),
          sizes[at + 1],
          {1, 1},
          {1, 1});
      add(2 * features(depth), features(depth), sizes[at], below, {1, 1});
      add(features(depth), features(depth), sizes[at], below, {1, 1});
      if (depth + 1 < levels) add(features(depth), config.classes, sizes[at], {1, 1}, {1, 1});
    }
  }

  void run() const {
    const torch::NoGradGuard no_grad;
    for (const Convolution& one : convolutions_) {
      const torch::Tensor out = at::convolution(
          one.input, one.weight, {}, one.stride, one.padding, {1, 1}, false, {0, 0}, 1);
      const bool needs_input = one.input.size(1) > 1;
      at::convolution_backward(one.gradient,
                               one.input,
                               one.weight,
                               {},
                               one.stride,
                               one.padding,
                               {1, 1},
                               false,
                               {0, 0},
                               1,
                               {needs_input, true, false});
    }
  }

 private:
  using Pair = std::array<std::int64_t, 2>;

  struct Convolution {
    torch::Tensor input;
    torch::Tensor weight;
    torch::Tensor gradient;  ///< Of the output.
    Pair stride;
    Pair padding;
  };

  void add(
      std::int64_t in, std::int64_t out, const Pair& size, const Pair& kernel, const Pair& stride) {
    const auto random = [&](std::int64_t a, std::int64_t b, std::int64_t h, std::int64_t w) {
      const auto order =
          b == 1 ? torch::MemoryFormat::Contiguous : torch::MemoryFormat::ChannelsLast;
      return torch::randn({a, b, h, w}).to(type_).contiguous(order);
    };
    convolutions_.push_back({random(batch_, in, size[0], size[1]),
                             random(out, in, kernel[0], kernel[1]),
                             random(batch_, out, size[0] / stride[0], size[1] / stride[1]),
                             stride,
                             {kernel[0] / 2, kernel[1] / 2}});
  }

  std::int64_t batch_;
  torch::ScalarType type_;
  std::vector<Convolution> convolutions_;
};

}  // namespace regionwise::bench

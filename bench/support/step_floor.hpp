#pragma once

#include <torch/cuda.h>
#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "network/unet.hpp"

namespace regionwise::bench {

/// What a device reaches on large and simple work.
struct Rates {
  double bytes_a_second = 0;  ///< Read and written, by a copy.
  double flop_a_second = 0;   ///< Of a square bfloat16 matrix product.
};

inline Rates measure_rates(const torch::Device& device) {
  const std::int64_t side = device.is_cuda() ? 8192 : 512;
  const auto options = torch::TensorOptions(device).dtype(torch::kBFloat16);
  const torch::Tensor from = torch::zeros({8 * side * side}, options);
  torch::Tensor to = torch::zeros_like(from);
  const torch::Tensor a = torch::zeros({side, side}, options);
  torch::Tensor product = torch::zeros_like(a);
  const auto seconds = [&](const auto& work) {
    constexpr int kTimes = 10;
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
      if (device.is_cuda()) torch::cuda::synchronize();
      const auto started = std::chrono::steady_clock::now();
      for (int i = 0; i < kTimes; ++i) work();
      if (device.is_cuda()) torch::cuda::synchronize();
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
      best = std::min(best, taken.count() / kTimes);
    }
    return best;
  };
  const double cube = static_cast<double>(side) * static_cast<double>(side * side);
  return {
      .bytes_a_second = 4.0 * static_cast<double>(from.numel()) / seconds([&] { to.copy_(from); }),
      .flop_a_second = 2 * cube / seconds([&] { torch::mm_out(product, a, a); })};
}

/// How fast a bfloat16 training step can be. Assumed: every kernel reads its inputs and writes its
/// outputs once, from and to the device's memory (a norm reads its input twice, since the
/// statistics come first), or multiplies at the rate of a large matrix product, whichever takes
/// longer, and kernels run one after the other. Left out: the map, the images' upload, starting
/// kernels.
class StepFloor {
 public:
  StepFloor(const network::UNetConfig& config,
            std::int64_t batch,
            std::int64_t height,
            std::int64_t width,
            const Rates& rates)
      : config_(config), samples_(static_cast<double>(batch)), rates_(rates) {
    const auto levels = static_cast<std::int64_t>(config.strides.size());
    const auto pixels_at = [&](std::int64_t depth) {
      std::int64_t h = height;
      std::int64_t w = width;
      for (std::int64_t i = 0; i < depth; ++i) {
        h /= config.strides[static_cast<std::size_t>(i)][0];
        w /= config.strides[static_cast<std::size_t>(i)][1];
      }
      return static_cast<double>(h * w);
    };
    for (std::int64_t depth = 0; depth <= levels; ++depth) {
      const double out = pixels_at(depth);
      const double in = depth == 0 ? out : pixels_at(depth - 1);
      const double inputs =
          depth == 0 ? static_cast<double>(config.in_channels) : features(depth - 1);
      unit(inputs, features(depth), in, out, depth);
      unit(features(depth), features(depth), out, out, depth);
      if (depth == levels) continue;
      up(features(depth + 1), features(depth), pixels_at(depth + 1), out);
      unit(2 * features(depth), features(depth), out, out, depth + 1);
      unit(features(depth), features(depth), out, out, depth + 1);
      if (depth + 1 < levels) head(features(depth), out);
    }
    kernel(0, 28 * parameters_);  // Adam: float32 weight, gradient, both moments; three written
  }

  double seconds() const { return seconds_; }
  double flop() const { return flop_; }
  double bytes() const { return bytes_; }

 private:
  static constexpr double kElement = 2;  // bytes of a bfloat16

  double features(std::int64_t depth) const {
    return static_cast<double>(std::min(config_.base_features << depth, config_.max_features));
  }

  void kernel(double flop, double bytes) {
    flop_ += flop;
    bytes_ += bytes;
    seconds_ += std::max(flop / rates_.flop_a_second, bytes / rates_.bytes_a_second);
  }

  /// Forward, gradient of the input and gradient of the weights: the same work each.
  void convolution(double flop, double in_values, double out_values, bool needs_input) {
    for (int i = 0; i < (needs_input ? 3 : 2); ++i) {
      kernel(samples_ * flop, samples_ * kElement * (in_values + out_values));
    }
  }

  /// `kernel_depth`: whose kernel size it has.
  void unit(double in, double out, double in_pixels, double out_pixels, std::int64_t kernel_depth) {
    const auto& size = config_.kernels[static_cast<std::size_t>(kernel_depth)];
    const double weights = in * out * static_cast<double>(size[0] * size[1]);
    const bool first = parameters_ == 0;
    parameters_ += weights + 3 * out;
    convolution(2 * weights * out_pixels, in * in_pixels, out * out_pixels, !first);
    const double activation = samples_ * kElement * out * out_pixels;
    kernel(0, 3 * activation);  // read twice, written
    kernel(0, 5 * activation);  // backward: gradient and input read twice, written
  }

  void up(double in, double out, double coarse, double fine) {
    const double weights = in * out * (fine / coarse);
    parameters_ += weights;
    convolution(2 * weights * coarse, in * coarse, out * fine, true);
    kernel(0, samples_ * kElement * 4 * out * fine);  // joined with the skipped: read, written
  }

  /// And its loss, of float32: logits, probabilities and map, each written and read, both ways.
  void head(double in, double pixels) {
    const auto classes = static_cast<double>(config_.classes);
    parameters_ += in * classes;
    convolution(2 * in * classes * pixels, in * pixels, classes * pixels, true);
    kernel(0, samples_ * 4 * 8 * classes * pixels);
  }

  network::UNetConfig config_;
  double samples_;
  Rates rates_;
  double parameters_ = 0;
  double seconds_ = 0;
  double flop_ = 0;
  double bytes_ = 0;
};

}  // namespace regionwise::bench

#include "network/unet.hpp"

#include <fmt/format.h>
#include <torch/nn.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "network/blocks.hpp"
#include "network/normalise.hpp"

namespace regionwise::network {
namespace {

using Pair = std::array<std::int64_t, 2>;
namespace nn = torch::nn;

/// conv → instance norm → leaky ReLU.
struct UnitImpl : nn::Module {
  UnitImpl(std::int64_t in, std::int64_t out, Pair kernel, Pair stride)
      : conv(nn::Conv2dOptions(in, out, {kernel[0], kernel[1]})
                 .stride({stride[0], stride[1]})
                 .padding({kernel[0] / 2, kernel[1] / 2})),
        instnorm(nn::InstanceNorm2dOptions(out).eps(kNormEpsilon).affine(true)),
        stride(stride) {
    register_module("conv", conv);
    register_module("instnorm", instnorm);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return unit(x, {conv->weight, conv->bias, instnorm->weight, instnorm->bias}, stride);
  }

  nn::Conv2d conv;
  nn::InstanceNorm2d instnorm;
  Pair stride;
};
TORCH_MODULE(Unit);

/// Units in a row; only the first one strides.
struct StackImpl : nn::Module {
  StackImpl(std::int64_t units, std::int64_t in, std::int64_t out, Pair kernel, Pair stride) {
    for (std::int64_t i = 0; i < units; ++i) {
      blocks->push_back(Unit(i == 0 ? in : out, out, kernel, i == 0 ? stride : Pair{1, 1}));
    }
    register_module("blocks", blocks);
  }
  torch::Tensor forward(torch::Tensor x) {
    for (const auto& block : *blocks) x = block->as<UnitImpl>()->forward(x);
    return x;
  }

  nn::ModuleList blocks;
};
TORCH_MODULE(Stack);

/// Two stacks of one unit, as the reference builds its bottleneck and its decoder levels.
nn::ModuleList two_stacks(std::int64_t in, std::int64_t out, Pair kernel, Pair stride) {
  nn::ModuleList list;
  list->push_back(Stack(1, in, out, kernel, stride));
  list->push_back(Stack(1, out, out, kernel, Pair{1, 1}));
  return list;
}

torch::Tensor run(const nn::Module& list, torch::Tensor x) {
  for (const auto& stack : list.children()) x = stack->as<StackImpl>()->forward(x);
  return x;
}

}  // namespace

void UNetConfig::check() const {
  if (in_channels < 1 || classes < 2 || base_features < 1 || max_features < base_features) {
    throw UsageError(
        "network: needs at least 1 channel, 2 classes and 1 ≤ base-features ≤ max-features");
  }
  if (strides.empty() || kernels.size() != strides.size() + 1) {
    throw UsageError(fmt::format("network: {} strides need {} kernels, found {}",
                                 strides.size(),
                                 strides.size() + 1,
                                 kernels.size()));
  }
  for (const Pair& s : strides) {
    if (s[0] < 1 || s[1] < 1) throw UsageError("network: strides must be at least 1");
  }
  for (const Pair& k : kernels) {
    if ((k[0] != 1 && k[0] != 3) || (k[1] != 1 && k[1] != 3)) {
      throw UsageError("network: kernel sizes must be 1 or 3");
    }
  }
}

UNetImpl::UNetImpl(const UNetConfig& config) : config_(config) {
  config_.check();
  const std::int64_t n = levels();
  const auto width = [&](std::int64_t depth) {
    return std::min(config_.base_features << std::min<std::int64_t>(depth, 20),
                    config_.max_features);
  };
  const auto level = [](std::int64_t i) { return static_cast<std::size_t>(i); };

  for (std::int64_t depth = 0; depth < n; ++depth) {
    const std::int64_t in = depth == 0 ? config_.in_channels : width(depth - 1);
    const Pair stride = depth == 0 ? Pair{1, 1} : config_.strides[level(depth - 1)];
    context_->push_back(Stack(2, in, width(depth), config_.kernels[level(depth)], stride));
  }
  context_->push_back(
      two_stacks(width(n - 1), width(n), config_.kernels[level(n)], config_.strides[level(n - 1)]));

  for (std::int64_t u = 0; u < n; ++u) {
    const std::int64_t depth = n - 1 - u;
    const Pair stride = config_.strides[level(depth)];
    up_->push_back(nn::ConvTranspose2d(
        nn::ConvTranspose2dOptions(width(depth + 1), width(depth), {stride[0], stride[1]})
            .stride({stride[0], stride[1]})
            .bias(false)));
    // The reference indexes kernels from the end: a decoder level uses those of the level below.
    localization_->push_back(
        two_stacks(2 * width(depth), width(depth), config_.kernels[level(depth + 1)], Pair{1, 1}));
    heads_->push_back(nn::Conv2d(nn::Conv2dOptions(width(depth), config_.classes, 1).bias(false)));
  }
  // Registration order is the order of parameters().
  register_module("conv_blocks_localization", localization_);
  register_module("conv_blocks_context", context_);
  register_module("tu", up_);
  register_module("seg_outputs", heads_);
  lay_out_weights();
}

void UNetImpl::lay_out_weights() {
  for (const auto& transposed : *up_) {
    // As (sy, sx, out, in): the matrix that a transposed convolution of kernel = stride is.
    torch::Tensor& weight = transposed->as<nn::ConvTranspose2dImpl>()->weight;
    weight.set_data(weight.data().permute({2, 3, 1, 0}).contiguous().permute({3, 2, 0, 1}));
  }
  for (const auto& module : modules(/*include_self=*/false)) {
    auto* convolution = module->as<nn::Conv2dImpl>();
    if (convolution == nullptr || convolution->weight.size(1) == 1) continue;
    torch::Tensor& weight = convolution->weight;
    weight.set_data(weight.data().contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

std::vector<torch::Tensor> UNetImpl::forward(const torch::Tensor& images, std::int64_t heads) {
  const std::int64_t n = levels();
  if (heads == 0) heads = n;
  std::vector<torch::Tensor> skips;
  torch::Tensor x = images;
  for (std::int64_t depth = 0; depth < n; ++depth) {
    x = context_[static_cast<std::size_t>(depth)]->as<StackImpl>()->forward(x);
    skips.push_back(x);
  }
  x = run(*context_[static_cast<std::size_t>(n)], x);
  std::vector<torch::Tensor> logits(static_cast<std::size_t>(heads));
  for (std::int64_t u = 0; u < n; ++u) {
    const auto index = static_cast<std::size_t>(u);
    const std::int64_t depth = n - 1 - u;
    const torch::Tensor& up = up_[index]->as<nn::ConvTranspose2dImpl>()->weight;
    x = up_and_join(x, up, skips[static_cast<std::size_t>(depth)]);
    x = run(*localization_[index], x);
    if (depth < heads) {
      logits[static_cast<std::size_t>(depth)] =
          head(x, heads_[index]->as<nn::Conv2dImpl>()->weight);
    }
  }
  return logits;
}

void initialise(UNet& net, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  std::uint32_t index = 0;
  for (auto& parameter : net->named_parameters()) {
    torch::Tensor& tensor = parameter.value();
    const std::uint32_t sample = index++;
    if (tensor.dim() != 4) {
      const bool is_norm_weight = parameter.key().ends_with("instnorm.weight");
      tensor.fill_(is_norm_weight ? 1.0 : 0.0);
      continue;
    }
    const double fan_in = static_cast<double>(tensor.size(1) * tensor.size(2) * tensor.size(3));
    const double sd = std::sqrt(2.0 / (1.0 + kLeak * kLeak)) / std::sqrt(fan_in);
    RandomStream random(seed, {.purpose = Purpose::weights, .sample = sample});
    torch::Tensor drawn = torch::empty(tensor.sizes(), torch::kFloat64);
    double* values = drawn.data_ptr<double>();
    for (std::int64_t i = 0; i < drawn.numel(); ++i) values[i] = sd * random.normal();
    tensor.copy_(drawn);
  }
}

}  // namespace regionwise::network

#include "network/blocks.hpp"

#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include <cstring>
#include <tuple>
#include <vector>

#include "network/activation.hpp"
#include "network/compat.hpp"
#include "network/normalise.hpp"

namespace regionwise::network {
namespace {

using Pair = std::array<std::int64_t, 2>;
using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;

bool is_float(const Tensor& parameter) {
  const auto type = parameter.scalar_type();
  return type == torch::kFloat32 || type == torch::kFloat64;
}

/// Whether the kernels of channels_last.hpp serve such activations and parameters.
bool has_kernels(const Tensor& x, const Tensor& parameter) {
  return x.is_cpu() && is_float(parameter);
}

/// The type that activations have: the parameters', or autocast's.
torch::ScalarType activation_type(const Tensor& parameter) {
  const auto type = parameter.scalar_type();
  return type == torch::kFloat32 ? autocast_type(parameter.device()).value_or(type) : type;
}

Tensor convolve(const Tensor& x, const Tensor& weight, Pair stride, Pair padding) {
  return at::convolution(x, weight, {}, stride, padding, {1, 1}, false, {0, 0}, 1);
}

/// Gradients of x (undefined unless needed) and of the weight.
std::pair<Tensor, Tensor> convolve_backward(const Tensor& gradient,
                                            const Tensor& x,
                                            const Tensor& weight,
                                            Pair stride,
                                            Pair padding,
                                            bool needs_x) {
  auto result = at::convolution_backward(
      gradient, x, weight, {}, stride, padding, {1, 1}, false, {0, 0}, 1, {needs_x, true, false});
  return {std::get<0>(result), std::get<1>(result)};
}

/// Images of one channel are in both orders at once; the ordinary one then has the faster
/// convolution.
torch::MemoryFormat format_for(const Tensor& x) {
  return x.size(1) == 1 ? torch::MemoryFormat::Contiguous : kChannelsLast;
}

struct UnitFunction : torch::autograd::Function<UnitFunction> {
  static Tensor forward(AutogradContext* ctx,
                        const Tensor& x,
                        const Tensor& weight,
                        const Tensor& bias,
                        const Tensor& scale,
                        const Tensor& shift,
                        Pair stride) {
    const auto type = activation_type(weight);
    const NoAutocast no_autocast(x.device());
    const Pair padding{weight.size(2) / 2, weight.size(3) / 2};
    const auto format = format_for(x);
    const Tensor input = x.to(type).contiguous(format);
    const Tensor kernel = weight.to(type).contiguous(format);
    const Tensor convolved = convolve(input, kernel, stride, padding).contiguous(kChannelsLast);
    const auto [out, statistics] = normalise(convolved, scale, shift);
    ctx->save_for_backward({input, kernel, convolved, scale, shift, statistics});
    ctx->saved_data["stride"] = std::vector<std::int64_t>(stride.begin(), stride.end());
    ctx->saved_data["type"] = static_cast<std::int64_t>(x.scalar_type());
    (void)bias;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const Tensor& input = saved[0];
    const Tensor& kernel = saved[1];
    const Tensor& convolved = saved[2];
    const Tensor& scale = saved[3];
    const Tensor& shift = saved[4];
    const Tensor& statistics = saved[5];
    const auto stride = ctx->saved_data["stride"].toIntVector();
    const NoAutocast no_autocast(input.device());
    const auto [convolved_gradient, scale_gradient, shift_gradient] =
        normalise_backward(gradients[0], convolved, scale, shift, statistics);
    const bool needs_x = ctx->needs_input_grad(0);
    auto [x_gradient, weight_gradient] =
        convolve_backward(convolved_gradient.contiguous(format_for(input)),
                          input,
                          kernel,
                          {stride[0], stride[1]},
                          {kernel.size(2) / 2, kernel.size(3) / 2},
                          needs_x);
    if (needs_x) {
      x_gradient = x_gradient.to(static_cast<torch::ScalarType>(ctx->saved_data["type"].toInt()));
    }
    return {x_gradient,
            weight_gradient.to(scale.scalar_type()),
            torch::zeros_like(scale),
            scale_gradient,
            shift_gradient,
            Variable()};
  }
};

/// Rows of `channels` numbers of a coarse tensor [N, h, w, sy, sx, channels] and the places that
/// they have in a fine one [N, sy h, sx w, width]: calls copy(coarse, fine) with both offsets.
template <class Copy>
void for_each_fine_row(at::IntArrayRef coarse,
                       Pair stride,
                       std::int64_t channels,
                       std::int64_t width,
                       const Copy& copy) {
  const std::int64_t h = coarse[2];
  const std::int64_t w = coarse[3];
  at::parallel_for(0, coarse[0] * h, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      for (std::int64_t x = 0; x < w; ++x) {
        for (std::int64_t i = 0; i < stride[0]; ++i) {
          for (std::int64_t j = 0; j < stride[1]; ++j) {
            const std::int64_t from = ((line * w + x) * stride[0] + i) * stride[1] + j;
            const std::int64_t to = ((line * stride[0] + i) * w + x) * stride[1] + j;
            copy(from * channels, to * width);
          }
        }
      }
    }
  });
}

/// A transposed convolution of kernel = stride multiplies every pixel by one matrix and deals the
/// products out, which is a 1×1 convolution to sy·sx·out channels and a shuffle of pixels.
struct UpFunction : torch::autograd::Function<UpFunction> {
  static Tensor forward(AutogradContext* ctx,
                        const Tensor& x,
                        const Tensor& weight,
                        const Tensor& skip) {
    const auto type = activation_type(weight);
    const NoAutocast no_autocast(x.device());
    const Pair stride{weight.size(2), weight.size(3)};
    const std::int64_t channels = weight.size(1);
    const Tensor input = x.to(type).contiguous(kChannelsLast);
    const Tensor passed = skip.to(type).contiguous(kChannelsLast);
    // [in, out, sy, sx] → [(sy, sx, out), in, 1, 1]
    const Tensor kernel = weight.to(type)
                              .permute({2, 3, 1, 0})
                              .reshape({stride[0] * stride[1] * channels, weight.size(0), 1, 1});
    const Tensor product = convolve(input, kernel, {1, 1}, {0, 0}).contiguous(kChannelsLast);
    const std::int64_t passed_channels = passed.size(1);
    const std::int64_t width = channels + passed_channels;
    Tensor joined = empty_activation({passed.size(0), width, passed.size(2), passed.size(3)},
                                     torch::TensorOptions(type));
    with_type(type, [&](auto element) {
      using T = decltype(element);
      const T* from = product.data_ptr<T>();
      const T* beside = passed.data_ptr<T>();
      T* to = joined.data_ptr<T>();
      for_each_fine_row(
          input.sizes(), stride, channels, width, [&](std::int64_t coarse, std::int64_t fine) {
            std::memcpy(to + fine, from + coarse, channels * sizeof(T));
            std::memcpy(to + fine + channels,
                        beside + fine / width * passed_channels,
                        passed_channels * sizeof(T));
          });
    });
    ctx->save_for_backward({input, kernel, weight});
    ctx->saved_data["x"] = static_cast<std::int64_t>(x.scalar_type());
    ctx->saved_data["skip"] = static_cast<std::int64_t>(skip.scalar_type());
    return joined;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const Tensor& input = saved[0];
    const Tensor& kernel = saved[1];
    const Tensor& weight = saved[2];
    const NoAutocast no_autocast(input.device());
    const auto type = input.scalar_type();
    const std::int64_t channels = weight.size(1);
    const Pair stride{weight.size(2), weight.size(3)};
    Tensor gradient = gradients[0].to(type);
    const std::int64_t row = row_stride(gradient);
    Tensor product = empty_activation({input.size(0), kernel.size(0), input.size(2), input.size(3)},
                                      torch::TensorOptions(type));
    with_type(type, [&](auto element) {
      using T = decltype(element);
      const T* from = gradient.data_ptr<T>();
      T* to = product.data_ptr<T>();
      for_each_fine_row(
          input.sizes(), stride, channels, row, [&](std::int64_t coarse, std::int64_t fine) {
            std::memcpy(to + coarse, from + fine, channels * sizeof(T));
          });
    });
    auto [x_gradient, kernel_gradient] =
        convolve_backward(product, input, kernel, {1, 1}, {0, 0}, true);
    const Tensor weight_gradient =
        kernel_gradient.reshape({stride[0], stride[1], channels, weight.size(0)})
            .permute({3, 2, 0, 1})
            .to(weight.scalar_type());
    const auto type_of = [&](const char* name) {
      return static_cast<torch::ScalarType>(ctx->saved_data[name].toInt());
    };
    const Tensor skip_gradient = gradient.narrow(1, channels, gradient.size(1) - channels);
    return {x_gradient.to(type_of("x")), weight_gradient, skip_gradient.to(type_of("skip"))};
  }
};

struct HeadFunction : torch::autograd::Function<HeadFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight) {
    const Tensor input = x.to(activation_type(weight)).contiguous(kChannelsLast);
    const std::int64_t outputs = weight.size(0);
    const Tensor rows = weight.reshape({outputs, weight.size(1)}).contiguous();
    Tensor logits =
        torch::empty({input.size(0), outputs, input.size(2), input.size(3)}, weight.options());
    with_type(input.scalar_type(), [&](auto element) {
      using T = decltype(element);
      using A = Accumulator<T>;
      project<T>(
          shape_of(input), outputs, input.data_ptr<T>(), rows.data_ptr<A>(), logits.data_ptr<A>());
    });
    ctx->save_for_backward({input, rows});
    ctx->saved_data["x"] = static_cast<std::int64_t>(x.scalar_type());
    return logits;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const Tensor& input = saved[0];
    const Tensor& rows = saved[1];
    const Tensor gradient = gradients[0].contiguous();
    Tensor x_gradient = empty_activation(input.sizes(), input.options());
    Tensor weight_gradient = torch::empty_like(rows);
    with_type(input.scalar_type(), [&](auto element) {
      using T = decltype(element);
      using A = Accumulator<T>;
      project_backward<T>(shape_of(input),
                          rows.size(0),
                          gradient.data_ptr<A>(),
                          input.data_ptr<T>(),
                          rows.data_ptr<A>(),
                          x_gradient.data_ptr<T>(),
                          weight_gradient.data_ptr<A>());
    });
    return {x_gradient.to(static_cast<torch::ScalarType>(ctx->saved_data["x"].toInt())),
            weight_gradient.view({rows.size(0), rows.size(1), 1, 1})};
  }
};

}  // namespace

Tensor unit(const Tensor& x, const UnitParameters& parameters, Pair stride) {
  if (!normalises_on(x.device()) || !is_float(parameters.weight)) {
    return plain_unit(x, parameters, stride);
  }
  return UnitFunction::apply(
      x, parameters.weight, parameters.bias, parameters.scale, parameters.shift, stride);
}

Tensor up_and_join(const Tensor& x, const Tensor& weight, const Tensor& skip) {
  if (!has_kernels(x, weight)) return plain_up_and_join(x, weight, skip);
  return UpFunction::apply(x, weight, skip);
}

Tensor head(const Tensor& x, const Tensor& weight) {
  if (!has_kernels(x, weight)) return plain_head(x, weight);
  return HeadFunction::apply(x, weight);
}

Tensor plain_unit(const Tensor& x, const UnitParameters& parameters, Pair stride) {
  const Pair padding{parameters.weight.size(2) / 2, parameters.weight.size(3) / 2};
  const Tensor convolved = torch::conv2d(x, parameters.weight, parameters.bias, stride, padding);
  const Tensor normalised = torch::instance_norm(convolved,
                                                 parameters.scale,
                                                 parameters.shift,
                                                 {},
                                                 {},
                                                 /*use_input_stats=*/true,
                                                 /*momentum=*/0.1,
                                                 kNormEpsilon,
                                                 /*cudnn_enabled=*/true);
  return torch::leaky_relu(normalised, kLeak);
}

Tensor plain_up_and_join(const Tensor& x, const Tensor& weight, const Tensor& skip) {
  const Pair stride{weight.size(2), weight.size(3)};
  return torch::cat({torch::conv_transpose2d(x, weight, {}, stride), skip}, 1);
}

Tensor plain_head(const Tensor& x, const Tensor& weight) {
  return torch::conv2d(x, weight);
}

}  // namespace regionwise::network

#include "training/device_adam.hpp"

#include <torch/utils.h>

#include <cmath>

#include "training/adam.hpp"
#include "training/adam_state.hpp"

namespace regionwise::training {
namespace {

using torch::Tensor;

const torch::optim::AdamOptions& options_of(const torch::optim::Adam& optimizer) {
  return static_cast<const torch::optim::AdamOptions&>(optimizer.param_groups().front().options());
}

/// The norm of all gradients together.
Tensor norm_of(const std::vector<Tensor>& gradients) {
  return torch::linalg_vector_norm(torch::stack(at::_foreach_norm(gradients, 2)), 2);
}

/// The gradient in the order that its parameter has in memory, as the kernel wants it.
Tensor gradient_of(const Tensor& parameter) {
  const Tensor& gradient = parameter.grad();
  if (gradient.strides() == parameter.strides()) return gradient;
  return torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(gradient);
}

/// What at::_fused_adam_ does to one parameter. LibTorch 1.13 has it for GPUs only.
void step_on_processor(const torch::optim::AdamOptions& options,
                       const Tensor& parameter,
                       Tensor gradient,
                       const Tensor& mean,
                       const Tensor& square,
                       double count) {
  const auto [beta1, beta2] = options.betas();
  gradient = gradient + options.weight_decay() * parameter;
  mean.mul_(beta1).add_(gradient, 1 - beta1);
  square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
  const Tensor deviation = (square / (1 - std::pow(beta2, count))).sqrt() + options.eps();
  parameter.addcdiv_(mean, deviation, -options.lr() / (1 - std::pow(beta1, count)));
}

}  // namespace

Tensor clip_divisor(const Tensor& norm, double clip) {
  return ((norm + 1e-6) / clip).clamp_min(1).to(torch::kFloat32);
}

/// The state begins, and is brought into the parameters' order in memory, as the kernel wants it.
void DeviceAdam::list_state() {
  for (const Tensor& parameter : optimizer_.param_groups().front().params()) {
    if (!parameter.grad().defined()) continue;
    torch::optim::AdamParamState& state = adam_state_of(optimizer_, parameter);
    parameters_.push_back(parameter);
    means_.push_back(state.exp_avg());
    squares_.push_back(state.exp_avg_sq());
    counts_.push_back(torch::full(
        {}, static_cast<double>(state.step()), parameter.options().dtype(torch::kFloat32)));
  }
}

Tensor DeviceAdam::enqueue(const Tensor& loss, double clip) {
  const torch::NoGradGuard no_grad;
  if (parameters_.empty()) list_state();
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_) gradients.push_back(gradient_of(parameter));
  Tensor norm = norm_of(gradients);
  const Tensor finite = torch::isfinite(norm).logical_and(torch::isfinite(loss));
  at::_foreach_add_(counts_, std::vector<Tensor>(counts_.size(), finite.to(torch::kFloat32)));
  step(gradients, clip_divisor(norm, clip), finite.logical_not().to(torch::kFloat32));
  return norm;
}

void DeviceAdam::step(std::vector<Tensor> gradients, const Tensor& divisor, const Tensor& failed) {
  const auto& options = options_of(optimizer_);
  if (divisor.is_cpu()) {
    if (failed.item<float>() != 0) return;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      step_on_processor(options,
                        parameters_[i],
                        gradients[i] / divisor,
                        means_[i],
                        squares_[i],
                        counts_[i].item<double>());
    }
    return;
  }
  const auto [beta1, beta2] = options.betas();
  at::_fused_adam_(parameters_,
                   gradients,
                   means_,
                   squares_,
                   /*max_exp_avg_sqs=*/{},
                   counts_,
                   options.lr(),
                   beta1,
                   beta2,
                   options.weight_decay(),
                   options.eps(),
                   /*amsgrad=*/false,
                   /*maximize=*/false,
                   divisor,
                   failed);
}

double DeviceAdam::learning_rate() const {
  return options_of(optimizer_).lr();
}

void DeviceAdam::count() {
  for (const Tensor& parameter : parameters_) {
    auto* state = adam_state(optimizer_, parameter);
    state->step(state->step() + 1);
  }
}

}  // namespace regionwise::training

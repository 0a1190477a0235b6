#include "training/step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "network/compat.hpp"
#include "network/deep_supervision.hpp"
#include "training/adam.hpp"

namespace regionwise::training {
namespace {

bool finite(const torch::Tensor& tensor) {
  return torch::isfinite(tensor).all().item<bool>();
}

void add_term(StepTensors& tensors, const std::string& name, const torch::Tensor& value) {
  for (auto& [known, sum] : tensors.terms) {
    if (known != name) continue;
    sum = sum + value;
    return;
  }
  tensors.terms.emplace_back(name, value);
}

}  // namespace

StepTensors forward(network::UNet& net,
                    const losses::Loss& loss,
                    const StepInput& input,
                    bool deep_supervision,
                    Precision precision) {
  const auto factors = network::head_strides(net->config().strides);
  std::vector<double> weights = deep_supervision ? network::deep_supervision_weights(net->levels())
                                                 : std::vector<double>{1.0};
  while (weights.back() == 0.0) weights.pop_back();

  StepTensors tensors;
  {
    const network::AutocastGuard autocast(precision == Precision::bfloat16, input.images.device());
    tensors.logits = net->forward(input.images, static_cast<std::int64_t>(weights.size()));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const torch::Tensor& logits = tensors.logits[i];
    losses::LossInput head;
    head.logits = precision == Precision::bfloat16 ? logits.to(torch::kFloat32) : logits;
    head.labels = network::shrink(input.labels, factors[i]);
    if (input.maps.defined()) head.map = network::shrink(input.maps, factors[i]).to(head.logits);
    for (Spacing3 spacing : input.spacings_mm) {
      spacing[1] *= static_cast<double>(factors[i][0]);
      spacing[2] *= static_cast<double>(factors[i][1]);
      head.spacings_mm.push_back(spacing);
    }
    head.epoch = input.epoch;
    const losses::LossValue value = loss(head);
    const torch::Tensor weighted = weights[i] * value.total;
    tensors.loss = tensors.loss.defined() ? tensors.loss + weighted : weighted;
    for (const auto& [name, term] : value.terms) {
      add_term(tensors, name, weights[i] * term.to(torch::kFloat64));
    }
  }
  return tensors;
}

void blame(const StepInput& input, const StepTensors& tensors) {
  if (!finite(input.images)) throw NonFiniteError("the images");
  if (input.maps.defined() && !finite(input.maps)) throw NonFiniteError("the region-wise maps");
  for (std::size_t i = 0; i < tensors.logits.size(); ++i) {
    if (!finite(tensors.logits[i])) {
      throw NonFiniteError(fmt::format("the logits of output {}", i));
    }
  }
  for (const auto& [name, value] : tensors.terms) {
    if (!finite(value)) throw NonFiniteError(fmt::format("the loss term \"{}\"", name));
  }
  throw NonFiniteError("the loss");
}

void blame_gradients(network::UNet& net) {
  for (const auto& parameter : net->named_parameters()) {
    const torch::Tensor& gradient = parameter.value().grad();
    if (gradient.defined() && !finite(gradient)) {
      throw NonFiniteError("the gradient of " + parameter.key());
    }
  }
  throw NonFiniteError("the norm of the gradient");
}

StepResult compute_gradients(network::UNet& net,
                             const losses::Loss& loss,
                             const StepInput& input,
                             bool deep_supervision,
                             Precision precision) {
  for (const torch::Tensor& parameter : net->parameters()) parameter.mutable_grad().reset();
  const StepTensors tensors = forward(net, loss, input, deep_supervision, precision);
  StepResult result;
  result.loss = tensors.loss.item<double>();
  if (!std::isfinite(result.loss)) blame(input, tensors);
  for (const auto& [name, term] : tensors.terms) {
    result.terms.emplace_back(name, term.item<double>());
  }
  tensors.loss.backward();
  return result;
}

double clip_and_step(network::UNet& net, torch::optim::Adam& optimizer, double clip) {
  const double norm = gradient_norm(optimizer);
  if (!std::isfinite(norm)) blame_gradients(net);
  adam_step(optimizer, std::min(1.0, clip / (norm + 1e-6)));
  return norm;
}

}  // namespace regionwise::training

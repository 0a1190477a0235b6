#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "losses/loss.hpp"
#include "support/text.hpp"

namespace regionwise::testing {

using Sizes = std::vector<std::int64_t>;

/// Labels [N, *S] in which every class has pixels: boxes one inside the other, background first.
inline torch::Tensor nested_boxes(std::int64_t samples, std::int64_t classes, const Sizes& space) {
  Sizes sizes = space;
  sizes.insert(sizes.begin(), samples);
  torch::Tensor labels = torch::zeros(sizes, torch::kInt64);
  for (std::int64_t k = 1; k < classes; ++k) {
    torch::Tensor box = labels;
    for (std::int64_t axis = 1; axis < labels.dim(); ++axis) {
      const std::int64_t size = labels.size(axis);
      const std::int64_t margin = size > 2 * k ? k : 0;
      box = box.narrow(axis, margin, size - 2 * margin);
    }
    box.fill_(k);
  }
  return labels;
}

/// Logits [N, K, *S] from a standard normal distribution.
inline torch::Tensor random_logits(const torch::Tensor& labels,
                                   std::int64_t classes,
                                   std::uint64_t seed,
                                   torch::ScalarType type = torch::kFloat64) {
  torch::manual_seed(seed);
  Sizes sizes = labels.sizes().vec();
  sizes.insert(sizes.begin() + 1, classes);
  return torch::randn(sizes, torch::kFloat64).to(type);
}

/// Logits that are wholly sure of the labels.
inline torch::Tensor perfect_logits(const torch::Tensor& labels, std::int64_t classes) {
  return 40 * losses::one_hot(labels, random_logits(labels, classes, 0));
}

inline losses::LossInput input_of(const torch::Tensor& logits, const torch::Tensor& labels) {
  losses::LossInput input;
  input.logits = logits;
  input.labels = labels;
  return input;
}

inline double value_of(const losses::Loss& loss, const losses::LossInput& input) {
  return loss(input).total.item<double>();
}

/// The derivative of the loss with respect to the logits, by autograd.
inline torch::Tensor gradient_of(const losses::Loss& loss, losses::LossInput input) {
  input.logits = input.logits.detach().clone().requires_grad_();
  loss(input).total.backward();
  return input.logits.grad();
}

/// The message with which make_loss refuses a description standing at x.json:loss; "" if it does
/// not refuse.
inline std::string usage_error_of(const Json& description) {
  try {
    losses::make_loss(description, "x.json:loss");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

inline double largest(const torch::Tensor& values) {
  return values.abs().max().item<double>();
}

}  // namespace regionwise::testing

#pragma once

#include <torch/optim/adam.h>
#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "losses/loss.hpp"
#include "network/unet.hpp"
#include "training/config.hpp"

namespace regionwise::training {

/// What one step learns from, on the network's device.
struct StepInput {
  torch::Tensor images;               ///< [N, C, H, W], of the network's type.
  torch::Tensor labels;               ///< [N, H, W] int64
  torch::Tensor maps;                 ///< [N, K, H, W] precomputed maps, or undefined.
  std::vector<Spacing3> spacings_mm;  ///< [N], of full resolution; empty: 1 mm.
  double epoch = 0;
};

struct StepResult {
  double loss = 0;
  std::vector<std::pair<std::string, double>> terms;  ///< Weighted over the heads as the loss is.
};

/// A value that is not a number or infinite; `what()` names the tensor.
struct NonFiniteError : Error {
  explicit NonFiniteError(const std::string& tensor) : Error(ExitCode::retry, tensor) {}
};

/// How a training's steps are taken.
struct StepSettings {
  bool deep_supervision = true;
  Precision precision = Precision::float32;
  double gradient_clip = 12;  ///< Total L2 norm.
};

/// The loss of a batch on the network's device, not waited for.
struct StepTensors {
  torch::Tensor loss;  ///< Scalar, differentiable.
  /// float64 scalars, weighted over the heads as the loss is.
  std::vector<std::pair<std::string, torch::Tensor>> terms;
  std::vector<torch::Tensor> logits;  ///< Of each head that is evaluated.
};

/// The forward pass: `Σ w_i loss(head_i, target_i)`. Heads of weight 0 are not evaluated (spec
/// §4.1, §4.2). Softmax and loss run in float32 (float64 where the network does) whatever the
/// precision.
StepTensors forward(network::UNet& net,
                    const losses::Loss& loss,
                    const StepInput& input,
                    bool deep_supervision,
                    Precision precision);

/// Throws the NonFiniteError that names the first tensor on the way to the loss that is not finite.
[[noreturn]] void blame(const StepInput& input, const StepTensors& tensors);

/// Throws the NonFiniteError that names the first gradient that is not finite.
[[noreturn]] void blame_gradients(network::UNet& net);

/// Forward and backward: leaves the gradients of `Σ w_i loss(head_i, target_i)` in the parameters.
/// Heads of weight 0 get no gradient. Throws NonFiniteError.
StepResult compute_gradients(network::UNet& net,
                             const losses::Loss& loss,
                             const StepInput& input,
                             bool deep_supervision,
                             Precision precision);

/// Lets Adam step with the gradients scaled to a total norm of at most `clip` (torch's rule).
/// Returns the norm before clipping. Throws NonFiniteError before anything is changed.
double clip_and_step(network::UNet& net, torch::optim::Adam& optimizer, double clip);

}  // namespace regionwise::training

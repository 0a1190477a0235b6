#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "losses/loss.hpp"
#include "network/unet.hpp"
#include "training/step.hpp"

namespace regionwise::training {

/// By what the gradients are divided so that their total norm is at most `clip` (torch's rule):
/// float32 scalar, on the device of `norm`.
torch::Tensor clip_divisor(const torch::Tensor& norm, double clip);

/// Steps of a training on a GPU. Nothing waits for the device before the step's numbers, which come
/// in one piece: the optimizer steps with the gradients that a non-finite norm keeps it from. After
/// a few steps the whole step is recorded as a CUDA graph and replayed, which starts its kernels at
/// once; it is recorded anew where the batch's shape, the epoch or the learning rate have changed.
/// Needs the GPU kernels (cmake/cuda.cmake) to record, and a loss that stays on the device.
class DeviceStep {
 public:
  /// All must outlive this; the optimizer's state stays where it is. `record`: with graphs.
  DeviceStep(network::UNet& net,
             const losses::Loss& loss,
             torch::optim::Adam& optimizer,
             const StepSettings& settings,
             bool record);
  ~DeviceStep();

  /// Whether steps can be recorded; else `why` says why not.
  static bool can_record(const losses::Loss& loss, std::string& why);

  /// Gradients and Adam's step: what the loss was, and the norm of the gradient. Throws
  /// NonFiniteError; nothing is changed then.
  std::pair<StepResult, double> operator()(const StepInput& input);

 private:
  struct Graph;

  void list_state();
  void enqueue(const StepInput& input);
  void enqueue_adam(const torch::Tensor& norm);
  void run(const StepInput& input);
  std::pair<StepResult, double> read(const StepInput& input);

  network::UNet& net_;
  const losses::Loss& loss_;
  torch::optim::Adam& optimizer_;
  StepSettings settings_;
  bool record_;
  std::int64_t steps_ = 0;
  StepTensors tensors_;    ///< Of the last step.
  torch::Tensor numbers_;  ///< float64 [loss, terms …, norm] of the last step, on the device.
  // Adam's, of the parameters that have gradients; none yet before the first step.
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> means_;
  std::vector<torch::Tensor> squares_;
  std::vector<torch::Tensor> counts_;  ///< float32 scalars on the device.
  std::unique_ptr<Graph> graph_;
};

}  // namespace regionwise::training

#pragma once

#include <torch/optim/adam.h>
#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "losses/loss.hpp"
#include "network/unet.hpp"
#include "training/device_adam.hpp"
#include "training/step.hpp"

namespace regionwise::training {

/// Steps of a training on a GPU. Nothing waits for the device before the step's numbers, which come
/// in one piece: the optimizer steps with the gradients that a non-finite norm keeps it from. After
/// a few steps the whole step is recorded as a CUDA graph and replayed, which starts its kernels at
/// once; it is recorded anew where the batch's shape, the epoch or the learning rate have changed:
/// a graph holds numbers of the processor (a gradual loss's weight, Adam's rate, both the same all
/// epoch long) as they were, and recording once an epoch costs about what a step costs that starts
/// its kernels one by one. Where recording fails, steps go on that way, with the same bytes. Needs
/// the GPU kernels (cmake/cuda.cmake) to record, and a loss that stays on the device.
class DeviceStep {
 public:
  using Warn = std::function<void(const std::string& message)>;

  /// All must outlive this; the optimizer's state stays where it is. `record`: with graphs; `warn`
  /// is told where that fails. Without one LibTorch prints the warning.
  DeviceStep(network::UNet& net,
             const losses::Loss& loss,
             torch::optim::Adam& optimizer,
             const StepSettings& settings,
             bool record,
             Warn warn = {});
  ~DeviceStep();

  /// Whether steps can be recorded; else `why` says why not.
  static bool can_record(const losses::Loss& loss, std::string& why);

  /// Starts a step, gradients and Adam, and does not wait for it: the processor can prepare the
  /// next input meanwhile.
  void start(const StepInput& input);

  /// What the loss of the step that was started is, and the norm of the gradient. Throws
  /// NonFiniteError; nothing is changed then.
  std::pair<StepResult, double> finish();

 private:
  struct Graph;

  void enqueue(const StepInput& input);
  void replay(const StepInput& input);
  void record();
  void give_up_recording(const std::string& reason);
  std::pair<StepResult, double> read() const;

  network::UNet& net_;
  const losses::Loss& loss_;
  StepSettings settings_;
  bool record_;
  Warn warn_;
  DeviceAdam adam_;
  std::int64_t steps_ = 0;
  StepInput input_;        ///< Of the last step.
  StepTensors tensors_;    ///< Of the last step.
  torch::Tensor numbers_;  ///< float64 [loss, terms …, norm] of the last step, on the device.
  std::unique_ptr<Graph> graph_;
};

}  // namespace regionwise::training

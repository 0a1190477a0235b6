#pragma once

#include <torch/optim/adam.h>
#include <torch/types.h>

#include <vector>

namespace regionwise::training {

/// By what the gradients are divided so that their total norm is at most `clip` (torch's rule):
/// float32 scalar, on the device of `norm`.
torch::Tensor clip_divisor(const torch::Tensor& norm, double clip);

/// Clipping and Adam's step on the device of the parameters, without waiting for it. The state is
/// the optimizer's; its step counts are on the host and follow by count().
class DeviceAdam {
 public:
  /// The optimizer, of one group without amsgrad, must outlive this.
  explicit DeviceAdam(torch::optim::Adam& optimizer) : optimizer_(optimizer) {}

  /// Steps with the gradients scaled to a total norm of at most `clip`; changes nothing where the
  /// loss or the norm is not finite. Serves the parameters that have a gradient in the first call.
  /// Returns the norm before clipping, a scalar on the device.
  torch::Tensor enqueue(const torch::Tensor& loss, double clip);

  /// Says to the optimizer's state that an enqueued step was taken.
  void count();

  double learning_rate() const;

 private:
  void list_state();
  void step(std::vector<torch::Tensor> gradients,
            const torch::Tensor& divisor,
            const torch::Tensor& failed);

  torch::optim::Adam& optimizer_;
  // Of the parameters that have gradients; none yet before the first step.
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> means_;
  std::vector<torch::Tensor> squares_;
  std::vector<torch::Tensor> counts_;  ///< float32 scalars, the steps taken so far.
};

}  // namespace regionwise::training

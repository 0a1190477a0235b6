#pragma once

#include <torch/optim/adam.h>
#include <torch/types.h>

namespace regionwise::training {

/// The norm of all gradients of the optimizer's parameters together; those without one do not
/// count. The same bits with any number of threads on the CPU.
double gradient_norm(torch::optim::Adam& optimizer);

/// As torch::optim::Adam::step after multiplying every gradient by `gradient_scale`, up to
/// rounding; on the CPU in one pass over each parameter, and without changing the gradients. The
/// state stays in the optimizer.
void adam_step(torch::optim::Adam& optimizer, double gradient_scale);

/// The optimizer's state of a parameter, begun where there is none, its tensors in the order that
/// the parameter has in memory.
torch::optim::AdamParamState& adam_state_of(torch::optim::Adam& optimizer,
                                            const torch::Tensor& parameter);

}  // namespace regionwise::training

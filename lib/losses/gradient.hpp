#pragma once

#include <torch/torch.h>

namespace regionwise::losses {

/// Derivative of the region-wise loss with respect to the logits, in closed form:
/// p_k Σ_{l≠k} p_l (z_k − z_l), Eq. 2 of Valverde and Tohka, for the sum of Eq. 1 (not divided by
/// NK). probabilities: softmax output [N, K, *S]; map: same shape and type. Returns the same shape.
torch::Tensor region_wise_gradient(const torch::Tensor& probabilities, const torch::Tensor& map);

}  // namespace regionwise::losses

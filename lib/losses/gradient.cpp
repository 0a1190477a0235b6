#include "losses/gradient.hpp"

namespace regionwise::losses {

torch::Tensor region_wise_gradient(const torch::Tensor& probabilities, const torch::Tensor& map) {
  // Σ_{l≠k} p_l (z_k − z_l) = z_k Σ_l p_l − Σ_l p_l z_l: linear in K instead of quadratic.
  const auto mass = probabilities.sum(1, /*keepdim=*/true);
  const auto mean_value = (probabilities * map).sum(1, /*keepdim=*/true);
  return probabilities * (map * mass - mean_value);
}

}  // namespace regionwise::losses

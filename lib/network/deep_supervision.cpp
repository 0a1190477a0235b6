#include "network/deep_supervision.hpp"

#include <cmath>
#include <numeric>

namespace regionwise::network {

std::vector<double> deep_supervision_weights(std::int64_t heads) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < heads; ++i) weights.push_back(std::ldexp(1.0, -static_cast<int>(i)));
  if (heads > 1) weights.back() = 0.0;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

std::vector<std::array<std::int64_t, 2>> head_strides(
    const std::vector<std::array<std::int64_t, 2>>& strides) {
  std::vector<std::array<std::int64_t, 2>> factors;
  std::array<std::int64_t, 2> factor{1, 1};
  for (const auto& stride : strides) {
    factors.push_back(factor);
    factor = {factor[0] * stride[0], factor[1] * stride[1]};
  }
  return factors;
}

torch::Tensor shrink(const torch::Tensor& tensor, std::array<std::int64_t, 2> factor) {
  torch::Tensor shrunk = tensor;
  for (const int axis : {0, 1}) {
    const std::int64_t f = factor[static_cast<std::size_t>(axis)];
    if (f == 1) continue;
    const std::int64_t dim = tensor.dim() - 2 + axis;
    shrunk = shrunk.slice(dim, f / 2, (tensor.size(dim) / f) * f, f);
  }
  return shrunk.contiguous();
}

}  // namespace regionwise::network

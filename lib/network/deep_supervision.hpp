#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <vector>

namespace regionwise::network {

/// Weights of the n heads' losses, full resolution first: 1/2^i, the lowest 0 (if n > 1), divided
/// by their sum (spec §4.2). n = 4: 4/7, 2/7, 1/7, 0.
std::vector<double> deep_supervision_weights(std::int64_t heads);

/// Cumulative stride of each head, full resolution first: {1,1}, s_1, s_1 s_2, … (one per stride).
std::vector<std::array<std::int64_t, 2>> head_strides(
    const std::vector<std::array<std::int64_t, 2>>& strides);

/// Nearest-neighbour shrink of the last two axes: source index f·j + f/2 (spec §4.2).
torch::Tensor shrink(const torch::Tensor& tensor, std::array<std::int64_t, 2> factor);

}  // namespace regionwise::network

#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/interrupt.hpp"
#include "core/volume.hpp"
#include "network/unet.hpp"

namespace regionwise::inference {

/// First pixel of every tile along an axis: steps of half a patch, evenly spread (spec §5.1). An
/// axis no longer than the patch has one tile at 0.
std::vector<std::int64_t> tile_positions(std::int64_t size, std::int64_t patch);

/// Weight of each pixel of a tile: a Gaussian with σ = patch/8 around its centre, scaled to maximum
/// 1, zeros replaced by the smallest other value (spec §5.1). [H, W] float32.
torch::Tensor gaussian_importance(std::array<std::int64_t, 2> patch);

struct WindowOptions {
  std::array<std::int64_t, 2> patch{0, 0};  ///< (y, x)
  bool mirroring = true;                    ///< Mean over the four mirrored inputs.
  bool bfloat16 = false;                    ///< Autocast the network.
  std::int64_t batch = 16;                  ///< Tiles evaluated at once; bounds memory.
  /// Whether a network whose probabilities are not finite is a DataError; else any class may come
  /// out.
  bool refuse_not_finite = true;
  std::string run;  ///< Where the network is from, for that message.
  /// Before each pass of such tiles through the network.
  BetweenSteps between = stop_if_interrupted;
};

/// Class probabilities of every slice: slices [D, C, H, W] on any device → [D, K, H, W] in the
/// network's type on the CPU. Puts the network into evaluation mode.
torch::Tensor predict_probabilities(network::UNet& net,
                                    const torch::Tensor& slices,
                                    const WindowOptions& options);

}  // namespace regionwise::inference

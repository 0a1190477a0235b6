#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/results.hpp"

namespace regionwise::listings {

/// The loss of one pixel: region-wise with the map's values, or cross entropy.
struct PixelLoss {
  std::vector<double> z;  ///< [K]; empty: cross entropy.
  int true_class = -1;    ///< From 0, for cross entropy.
};

/// What `gradients` prints of a pixel: a line per softmax vector with the loss's derivative by the
/// logits (Eq. 2). softmax: [n, classes].
cli::ResultTable gradient_listing(const PixelLoss& loss,
                                  int classes,
                                  std::span<const double> softmax,
                                  const std::string& command);

}  // namespace regionwise::listings

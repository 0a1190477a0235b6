#include <limits>

#include "metrics/metric.hpp"

namespace regionwise::metrics {
namespace {

// Both masks empty: 1 by the rule zero-if-both, NaN by the others, which speak of distances only.
double dice(const MaskPair& pair, EmptyRule rule) {
  const std::int64_t sum = pair.predicted_voxels() + pair.reference_voxels();
  if (sum == 0)
    return rule == EmptyRule::zero_if_both ? 1 : std::numeric_limits<double>::quiet_NaN();
  return 2 * static_cast<double>(pair.common_voxels()) / static_cast<double>(sum);
}

}  // namespace

MetricEntry metric_dice() {
  return {.name = "dice",
          .unit = "1",
          .higher_is_better = true,
          .citation =
              "Dice, Measures of the Amount of Ecologic Association Between Species, Ecology 1945",
          .value = dice};
}

}  // namespace regionwise::metrics

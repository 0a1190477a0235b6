#include "metrics/metric.hpp"

namespace regionwise::metrics {
namespace {

double hausdorff(const MaskPair& pair, EmptyRule rule) {
  if (pair.surfaces_undefined(rule)) return undefined_distance(pair, rule);
  return pair.farthest_mm();
}

}  // namespace

MetricEntry metric_hausdorff() {
  return {
      .name = "hausdorff",
      .unit = "mm",
      .higher_is_better = false,
      .citation =
          "Huttenlocher et al., Comparing Images Using the Hausdorff Distance, IEEE TPAMI 1993; "
          "surfaces as in MedPy",
      .value = hausdorff};
}

}  // namespace regionwise::metrics

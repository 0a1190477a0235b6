#include <algorithm>
#include <cmath>
#include <vector>

#include "metrics/metric.hpp"

namespace regionwise::metrics {
namespace {

/// The percentile of a list that is not empty, interpolated linearly between order statistics.
double percentile(std::vector<double> values, double percent) {
  const double position = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(std::floor(position));
  std::nth_element(values.begin(), below, values.end());
  if (below + 1 == values.end()) return *below;
  const double above = *std::min_element(below + 1, values.end());
  return *below + (above - *below) * (position - std::floor(position));
}

// MedPy's definition: of the distances of both directions together. Others take the larger of the
// two directions' percentiles.
double hausdorff95(const MaskPair& pair, EmptyRule rule) {
  if (pair.surfaces_undefined(rule)) return undefined_distance(pair, rule);
  std::vector<double> distances = pair.prediction_to_reference_mm();
  const std::vector<double>& back = pair.reference_to_prediction_mm();
  distances.insert(distances.end(), back.begin(), back.end());
  return percentile(std::move(distances), 95);
}

}  // namespace

MetricEntry metric_hausdorff95() {
  return {.name = "hausdorff95",
          .unit = "mm",
          .higher_is_better = false,
          .citation = "Maier, MedPy 0.4.0, metric.binary.hd95",
          .value = hausdorff95};
}

}  // namespace regionwise::metrics

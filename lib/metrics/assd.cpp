#include <numeric>
#include <vector>

#include "metrics/metric.hpp"

namespace regionwise::metrics {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// MedPy's definition: the mean of the two directions' means, not of all distances together.
double assd(const MaskPair& pair, EmptyRule rule) {
  if (pair.surfaces_undefined(rule)) return undefined_distance(pair, rule);
  return (mean(pair.prediction_to_reference_mm()) + mean(pair.reference_to_prediction_mm())) / 2;
}

}  // namespace

MetricEntry metric_assd() {
  return {.name = "assd",
          .unit = "mm",
          .higher_is_better = false,
          .citation = "Maier, MedPy 0.4.0, metric.binary.assd (average symmetric surface distance)",
          .value = assd};
}

}  // namespace regionwise::metrics

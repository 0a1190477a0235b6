#include "reporting/score_summary.hpp"

namespace regionwise::reporting {

std::vector<ScoreSummary> summarise_scores(const storage::MetricsRecord& record) {
  const std::size_t classes = record.class_names.size();
  std::vector<ScoreSummary> summaries;
  for (std::size_t k = 0; k < classes; ++k) {
    for (const auto& metric : record.metrics) {
      std::vector<double> values;
      for (std::size_t i = k; i < metric.values.size(); i += classes) {
        values.push_back(metric.values[i]);
      }
      summaries.push_back({record.class_names[k],
                           metric.name,
                           metric.unit,
                           statistics::summarise(values),
                           record.misses(k)});
    }
  }
  return summaries;
}

}  // namespace regionwise::reporting

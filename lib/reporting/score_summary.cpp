#include "reporting/score_summary.hpp"

namespace regionwise::reporting {

std::string distances_in_words() {
  return "HD, HD95 and ASSD as MedPy 0.4.0: between surface voxels of both masks, in mm; HD95: the "
         "95th percentile of both directions' distances together; ASSD: the mean of both "
         "directions' means";
}

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

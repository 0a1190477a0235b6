#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "statistics/distribution.hpp"
#include "storage/metrics_file.hpp"

namespace regionwise::reporting {

/// One class and metric of a metrics record, over its cases.
struct ScoreSummary {
  std::string class_name;
  std::string metric;
  std::string unit;
  statistics::Summary values;  ///< One value per case; undefined ones are left out and counted.
  std::int64_t misses;         ///< Cases that have the class in which none was predicted.
};

/// How the surface distances of metrics files are defined, in a sentence: the same names mean other
/// things in other programs.
std::string distances_in_words();

/// A summary per class and, within it, per metric, in the record's order.
std::vector<ScoreSummary> summarise_scores(const storage::MetricsRecord& record);

}  // namespace regionwise::reporting

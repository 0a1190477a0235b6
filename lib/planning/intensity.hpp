#pragma once

#include <cstddef>
#include <vector>

#include "core/json.hpp"
#include "planning/crop.hpp"

namespace regionwise::planning {

/// How intensities inside the foreground are distributed over a data set (spec §1.2); CT images are
/// normalised by these.
struct IntensityStatistics {
  double mean = 0;
  double sd = 1;  ///< Population standard deviation.
  double median = 0;
  double minimum = 0;
  double maximum = 0;
  double percentile_00_5 = 0;
  double percentile_99_5 = 1;  ///< Above percentile_00_5 where CT is normalised.
};
Json to_json(const IntensityStatistics& statistics);
Json to_json(const std::vector<IntensityStatistics>& channels);  ///< A list.
/// Throws UsageError: missing or unknown keys.
IntensityStatistics parse_intensity_statistics(const Json& json, const std::string& where);

/// Collects foreground intensities case by case: of the cropped voxels whose label is above 0, in C
/// order, every 10th of each case (spec §1.2). Memory: those values.
class IntensityCollector {
 public:
  explicit IntensityCollector(std::size_t channels) : values_(channels) {}

  void add(const CroppedCase& one);
  /// One entry per channel; empty where no case had foreground.
  std::vector<IntensityStatistics> statistics() const;

 private:
  std::vector<std::vector<float>> values_;
};

}  // namespace regionwise::planning

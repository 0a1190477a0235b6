#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reporting/runs.hpp"

namespace regionwise::reporting {

/// A metrics file of two classes ("LV", "RV") with cases "a0", "a1", "b0" … (two of each patient).
/// dice and hausdorff are [cases, classes].
inline MetricsSource example_source(const std::string& run,
                                    std::uint64_t seed,
                                    const std::vector<double>& dice,
                                    const std::vector<double>& hausdorff_mm) {
  storage::MetricsRecord record;
  record.class_names = {"LV", "RV"};
  record.class_shares = {0.0127, 0.0121};
  const std::size_t cases = dice.size() / 2;
  for (std::size_t i = 0; i < cases; ++i) {
    const std::string patient(1, static_cast<char>('a' + i / 2));
    record.case_ids.push_back(patient + std::to_string(i % 2));
    record.groups.push_back(patient);
    record.spacing_mm.push_back({10, 1.5, 1.5});
  }
  record.metrics = {{"dice", "1", true, dice}, {"hausdorff", "mm", false, hausdorff_mm}};
  record.predicted_voxels.assign(cases * 2, 100);
  record.reference_voxels.assign(cases * 2, 100);
  record.mirroring = true;
  record.run_name = run;
  record.seed = seed;
  record.dataset_name = "hearts";
  record.split = "validation";
  record.split_hash = "0123456789abcdef";
  return {run + "_" + std::to_string(seed) + ".h5", record};
}

}  // namespace regionwise::reporting

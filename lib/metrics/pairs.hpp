#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "metrics/metric.hpp"

namespace regionwise::metrics {

/// Scores label maps made by any program: every .nii and .nii.gz of `predictions` against the file
/// of the same name in `references`. Labels are 1 … n for the n class names (empty: named after the
/// labels found in the references). A file without its partner, another shape or affine, a label
/// beyond the classes: DataError. Spacing is the prediction's, mm.
storage::MetricsRecord score_folders(const std::filesystem::path& predictions,
                                     const std::filesystem::path& references,
                                     const std::vector<std::string>& class_names,
                                     EmptyRule rule,
                                     int threads,
                                     Log& log);

}  // namespace regionwise::metrics

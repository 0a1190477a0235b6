#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "metrics/metric.hpp"

namespace regionwise::metrics {

struct FolderOptions {
  /// Names of the labels 1 … n; empty: named after the labels found in the references.
  std::vector<std::string> class_names = {};
  /// Regular expression (ECMAScript) that is searched for in a file's name without .nii or .nii.gz;
  /// its first group is the patient. Empty: each file is a patient of its own.
  std::string patient = {};
  EmptyRule rule = EmptyRule::nan_drop;
  int threads = 1;
  std::function<void()> between_cases = [] {};  ///< What it throws ends the work.
};

/// Scores label maps made by any program: every .nii and .nii.gz of `predictions` against the file
/// of the same name in `references`. One that holds the same voxels along other axes, or from their
/// other ends, is turned. A file without its partner, on another grid (corners more than a voxel
/// apart), a label beyond the classes, a name without patient: DataError; an expression that is
/// none or has no group, more than 126 classes: UsageError. Spacing is the prediction's, mm; the
/// reference's where it is turned.
storage::MetricsRecord score_folders(const std::filesystem::path& predictions,
                                     const std::filesystem::path& references,
                                     const FolderOptions& options,
                                     Log& log);

/// One hash for the .nii and .nii.gz files of a folder (see hash_files), sorted by name.
std::string hash_of_folder(const std::filesystem::path& folder);

}  // namespace regionwise::metrics

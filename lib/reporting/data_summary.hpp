#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::reporting {

/// One side of a data set's split.
struct SplitSummary {
  std::int64_t patients = 0;
  std::int64_t cases = 0;   ///< Volumes.
  std::int64_t slices = 0;  ///< Of the preprocessed volumes: what a 2-D network trains on.
};

/// A data set as the paper's Table 1 lists it, and what a reader would ask of it.
struct DataSummary {
  std::string file;
  std::string name;
  std::vector<std::string> channels;
  std::vector<std::string> class_names;  ///< Foreground only.
  /// Voxels of each foreground class against background voxels, in all cases.
  std::vector<double> class_shares;
  SplitSummary train;
  SplitSummary validation;
  std::string split_hash;
  std::string licence;
  std::string citation;
  std::int64_t skipped = 0;  ///< Cases left out when it was prepared.
};

/// Reads the heads of dataset files, none of their voxels. DataError as DatasetReader, and where
/// two of the files are one, or hold the same data set prepared the same way: it would stand there
/// twice.
std::vector<DataSummary> summarise_data(std::span<const std::filesystem::path> files);

/// Whether a table's specification is of data: {"title", "kind": "data"}. `title` is set then.
/// UsageError where such a one has other keys.
bool is_data_specification(const Json& json, const std::string& where, std::string& title);

/// Markdown and LaTeX, with `command` as a comment at the head.
std::string to_markdown(std::span<const DataSummary> data,
                        const std::string& title,
                        const std::string& command);
std::string to_latex(std::span<const DataSummary> data,
                     const std::string& title,
                     const std::string& command);

}  // namespace regionwise::reporting

#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::reporting {

/// A pixel of a picture of Figure 3.
struct SignRow {
  std::string run;
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;  ///< Epochs done.
  std::string case_id;
  std::int64_t slice = 0;   ///< Of the case, from 0.
  std::int64_t row = 0;     ///< From 0, top.
  std::int64_t column = 0;  ///< From 0, left.
  int label = 0;            ///< 0: background.
  int negatives = 0;  ///< Negative entries of the region-wise term's derivative by the logits.
};

/// All pixels of all validation slices, at one epoch of a run.
struct SignTotals {
  std::string run;
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  std::vector<std::int64_t> pixels;  ///< [K], those with 0, 1 … K−1 negative entries.

  double share(std::size_t negatives) const;  ///< Of all pixels, in [0, 1].
};

struct SignCounts {
  std::string dataset_name;
  std::string split_hash;
  std::vector<std::string> class_names;  ///< [K], background first.
  Json map;                              ///< Description of the map, of all runs.
  std::vector<SignRow> rows;             ///< By run as given, epoch, slice as chosen, row, column.
  std::vector<SignTotals> totals;        ///< By run, epoch.
  /// Runs that failed before the first record, in words: "boundary, seed 2: diverged since epoch
  /// 3".
  std::vector<std::string> left_out;
  /// Runs that lack some of the records asked for, in words: "boundary, seed 2: stopped before
  /// epochs 4, 9 (diverged: not finite in epoch 3)".
  std::vector<std::string> cut_short;
};

/// What `train --record-signs` left in run files, finished or not. A run that
/// failed before its first record is left out. DataError where any other has none, or where none is
/// left; where a run stands twice, and where runs are of different data sets, splits, classes or
/// maps.
SignCounts read_sign_counts(std::span<const std::filesystem::path> files);

}  // namespace regionwise::reporting

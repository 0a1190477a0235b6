#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/log.hpp"
#include "planning/conversion.hpp"
#include "planning/description.hpp"
#include "planning/plan.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"

namespace regionwise::planning {

/// What to make a dataset file of.
struct PrepareOptions {
  Description description;
  std::filesystem::path root;  ///< Folder of the images; none for phantoms.
  std::filesystem::path output;
  LabelMap label_map;             ///< Beside the description's.
  bool trust_label_grid = false;  ///< Take labels for being on their image's grid.
  bool skip_bad = false;          ///< Leave bad cases out and list them in the file.
  bool skip_errata = false;       ///< Likewise those that the description knows to be wrong.
  std::filesystem::path splits;   ///< Who trains and who validates (see read_splits); empty: rule.
  std::optional<int> fold;        ///< Of a file of several splits.
  /// Whose conversion of slices, where the description asks for one.
  ConversionPreset preset = ConversionPreset::paper;
  std::int64_t patients = 0;   ///< Only the first ones; phantoms: how many. 0: all; 20.
  std::uint64_t seed = 1;      ///< Of phantoms.
  std::filesystem::path plan;  ///< Overrides of the plan (see read_plan_overrides); empty: none.
  int threads = 1;
  storage::WriteOptions write;

  void check() const;  ///< UsageError
};

struct PrepareSummary {
  std::int64_t training_cases = 0;
  std::int64_t validation_cases = 0;
  std::int64_t skipped_cases = 0;
  Plan plan;
};
/// "100 training and 100 validation cases, 0 left out; patch 256x224"
std::string describe(const PrepareSummary& summary);

/// Reads (or draws), checks, preprocesses and writes a data set case by case, with its fingerprint,
/// plan and split. Every case is read twice: first all are checked and measured, and what is wrong
/// with any of them is listed at once; then, with the plan, each is preprocessed and written. The
/// plan counts the training cases. Memory is bounded by the largest case. The same call writes the
/// same bytes. Throws what find_cases and read_case throw (for a single bad case its own message),
/// DataError where no case is left, IoError where
/// the disk has no room for the file (not compressed) that the first reading promises.
PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log);

/// The plan that `prepare` would write; nothing is written.
Plan plan_data_set(const PrepareOptions& options, Log& log);

/// How large a dataset file would be at most, from the images' headers alone: images are taken as
/// not cropped, and their labels as kept on the source's grid too. Bad headers are refused, or left
/// out, as `prepare` does.
struct DiskEstimate {
  std::int64_t cases = 0;
  std::uintmax_t bytes = 0;            ///< Of the file, not compressed.
  std::uintmax_t available_bytes = 0;  ///< On the output's file system.
};
DiskEstimate estimate_disk(const PrepareOptions& options, Log& log);

}  // namespace regionwise::planning

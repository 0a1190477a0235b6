#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/log.hpp"
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
  std::int64_t patients = 0;      ///< Only the first ones; phantoms: how many. 0: all; 20.
  std::uint64_t seed = 1;         ///< Of phantoms.
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

/// Reads (or draws), checks, preprocesses and writes a data set case by case, with its fingerprint,
/// plan and split. The plan counts the training cases. Memory is bounded by one case. The same call
/// writes the same bytes. Throws what find_cases and read_case throw, and DataError where no case
/// is left.
PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log);

}  // namespace regionwise::planning

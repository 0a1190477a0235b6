#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/log.hpp"
#include "planning/plan.hpp"
#include "sources/case_source.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"

namespace regionwise::preprocessing {

/// What to make a dataset file of.
struct PrepareOptions {
  sources::SourceOptions source;
  std::filesystem::path output;
  bool skip_bad = false;       ///< Leave bad cases out and list them in the file.
  std::filesystem::path plan;  ///< Overrides of the plan (see read_plan_overrides); empty: none.
  storage::WriteOptions write;
};

struct PrepareSummary {
  std::int64_t training_cases = 0;
  std::int64_t validation_cases = 0;
  std::int64_t skipped_cases = 0;
  planning::Plan plan;
};
/// "100 training and 100 validation cases, 0 left out; patch 256x224"
std::string describe(const PrepareSummary& summary);

/// Reads (or draws), checks, preprocesses and writes a data set case by case, with its fingerprint,
/// plan and split. Every case is read twice: first all are checked and measured, and what is wrong
/// with any of them is listed at once; then, with the plan, each is preprocessed and written. The
/// plan counts the training cases. Memory is bounded by the largest case. The same call writes the
/// same bytes. Throws what find_cases and read_case throw (for a single bad case its own message),
/// DataError where no case is left, IoError where the disk has no room for the file (not
/// compressed) that the first reading promises, or memory none for a case; RetryError, soon, once a
/// signal has come.
PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log);

/// The plan that `prepare` would write; nothing is written.
planning::Plan plan_data_set(const PrepareOptions& options, Log& log);

/// How large a dataset file would be at most, from the images' headers alone: images are taken as
/// not cropped, and their labels as kept on the source's grid too. Bad headers are refused, or left
/// out, as `prepare` does.
struct DiskEstimate {
  std::int64_t cases = 0;
  std::uintmax_t bytes = 0;            ///< Of the file, not compressed.
  std::uintmax_t available_bytes = 0;  ///< On the output's file system.
};
DiskEstimate estimate_disk(const PrepareOptions& options, Log& log);

}  // namespace regionwise::preprocessing

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"
#include "storage/run_outcome.hpp"
#include "storage/sign_record.hpp"

namespace regionwise::storage {

/// A tensor on its way to or from a file: float32, float64 or int64, C order.
struct NamedArray {
  std::string name;
  std::string element_type;  ///< "float32", "float64", "int64"
  Extents extents;
  std::vector<std::byte> bytes;
};

/// A table of numbers with a row per epoch (or per validation).
struct HistoryTable {
  struct Column {
    std::string name;                 ///< Such as "dice".
    std::string unit;                 ///< Such as "mm"; "1" where there is none.
    std::vector<std::string> labels;  ///< What the second axis counts (class names); empty: [rows].
    std::vector<double> values;       ///< [rows] or [rows, labels.size()].
  };
  std::vector<Column> columns;

  std::int64_t rows() const;
  const Column* find(const std::string& name) const;
  /// The column of that name, made where it is missing.
  Column& column(const std::string& name,
                 const std::string& unit,
                 const std::vector<std::string>& labels = {});
};

/// A training, finished or not.
struct RunRecord {
  std::string name;  ///< Of the configuration, such as "rectified".
  std::uint64_t seed = 0;
  Json configuration;  ///< training::TrainingConfig, resolved
  std::string dataset_name;
  std::string dataset_hash;  ///< Content hash of the dataset file.
  std::string split_hash;
  std::string maps_hash;                 ///< Of the precomputed maps; empty where there were none.
  std::vector<std::string> class_names;  ///< [K], background first.
  std::vector<std::string> channels;
  Json plan;  ///< What `predict` needs to prepare an image.
  bool finished = false;
  std::int64_t epoch = 0;                     ///< Position: epochs done …
  std::int64_t iteration = 0;                 ///< … and iterations done of the next one.
  std::vector<NamedArray> weights;            ///< In the reference's names and order (spec §3).
  std::vector<NamedArray> optimizer;          ///< <parameter>/step, /exp_avg, /exp_avg_sq
  std::vector<NamedArray> partial_epoch;      ///< Sums over the iterations of the unfinished epoch.
  HistoryTable training;                      ///< epoch, learning_rate, alpha, loss, terms …
  HistoryTable validation;                    ///< epoch, dice[classes], hausdorff[classes] …
  std::optional<RunOutcome> outcome;          ///< None: not finished, or of an older program.
  std::vector<std::uint64_t> replaced_seeds;  ///< Of the failed runs in whose place it stands.
  std::optional<SignRecord> signs;            ///< Where they were asked for.
};

/// Writes `record` to `path`, complete or not at all.
void write_run(const std::filesystem::path& path,
               const RunRecord& record,
               const Provenance& provenance,
               WriteOptions options);

/// Reads a run. `with_state` false leaves optimizer state out.
RunRecord read_run(const std::filesystem::path& path, bool with_state = true);

}  // namespace regionwise::storage

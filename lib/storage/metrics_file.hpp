#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"
#include "storage/run_outcome.hpp"

namespace regionwise::storage {

/// Metrics per case and class. Level of every number: one case (a whole volume) and one class.
struct MetricsRecord {
  struct Metric {
    std::string name;  ///< "dice", "hausdorff", "hausdorff95", "assd"
    std::string unit;  ///< "1" or "mm"
    bool higher_is_better = false;
    std::vector<double> values;  ///< [cases, classes]; NaN where undefined.
  };

  std::vector<std::string> case_ids;     ///< [cases]
  std::vector<std::string> groups;       ///< [cases], the patient of each
  std::vector<Spacing3> spacing_mm;      ///< [cases]
  std::vector<std::string> class_names;  ///< [classes], foreground only
  std::vector<Metric> metrics;
  std::vector<std::int64_t> predicted_voxels;  ///< [cases, classes]
  std::vector<std::int64_t> reference_voxels;  ///< [cases, classes]
  std::string empty_rule = "nan-drop";         ///< See metrics::EmptyRule.
  std::optional<bool> mirroring;  ///< Whether networks segmented mirrored inputs, too, if known.
  std::string dataset_hash;       ///< Of the file that the run trained from; empty: not known.
  std::string maps_hash;          ///< Of the maps that it trained with; empty: none, or not known.
  /// Share of each class's voxels relative to the background's in the reference, [classes].
  std::vector<double> class_shares;
  std::string run_name;  ///< Empty for `evaluate --pairs`.
  std::uint64_t seed = 0;
  Json configuration;  ///< Of the run.
  std::string dataset_name;
  std::string split;
  std::string split_hash;
  std::optional<RunOutcome> outcome;          ///< The run's; none for `--pairs` and older programs.
  std::vector<std::uint64_t> replaced_seeds;  ///< The run's: of the failed ones before it.

  const Metric& metric(const std::string& name) const;  ///< DataError where there is none.
  /// Cases in which the reference has the class and the prediction does not.
  std::int64_t misses(std::size_t class_index) const;
};

void write_metrics(const std::filesystem::path& path,
                   const MetricsRecord& record,
                   const Provenance& provenance,
                   WriteOptions options);
MetricsRecord read_metrics(const std::filesystem::path& path);

}  // namespace regionwise::storage

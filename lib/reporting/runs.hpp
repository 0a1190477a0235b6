#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/metrics_file.hpp"

namespace regionwise::reporting {

/// A metrics file in memory, with its name for messages.
struct MetricsSource {
  std::string file;
  storage::MetricsRecord record;
};

std::vector<MetricsSource> read_sources(std::span<const std::filesystem::path> files);

/// The runs (seeds) of one configuration, averaged per case and class.
///
/// A value that is undefined (NaN) in some of the runs is the mean over the others, as the
/// reference's nanmean; how often that happened is counted.
struct AveragedRuns {
  struct Metric {
    std::string name;
    std::string unit;  ///< "1" or "mm"
    bool higher_is_better = false;
    std::vector<double> values;  ///< [cases, classes]; NaN where no run defines the value.
    /// Cases whose mean lacks a run, [classes].
    std::vector<std::int64_t> partial;
  };

  std::string name;  ///< Of the configuration; empty for `evaluate --pairs`.
  std::int64_t runs = 0;
  std::vector<std::string> case_ids;     ///< [cases], sorted
  std::vector<std::string> groups;       ///< [cases], the patient of each
  std::vector<std::string> class_names;  ///< [classes], foreground only
  std::vector<double> class_shares;  ///< [classes], against the background's voxels; NaN: unknown
  std::vector<Metric> metrics;
  /// Volumes in which the reference has the class and the prediction lacks it, over all runs,
  /// [classes].
  std::vector<std::int64_t> misses;

  /// DataError naming the metrics there are.
  const Metric& metric(const std::string& name) const;
  /// Index into class_names; DataError naming the classes there are.
  std::size_t class_index(const std::string& name) const;
  /// One class of a metric, [cases].
  std::vector<double> values_of(const Metric& metric, std::size_t class_index) const;
  std::int64_t patients() const;
};

/// Throws DataError unless all sources scored the same cases (ids, patients, spacing, and voxels of
/// the references) of the same data set and split, with the same classes, metrics, empty rule and
/// mirroring. The message names the two files and the case.
void check_comparable(std::span<const MetricsSource> sources);

/// DataError where sources of one name are no seeds of one configuration (SameConfiguration).
void check_same_configurations(std::span<const MetricsSource> sources);

/// Throws DataError where a file (whatever its path) or a run (name and seed) stands twice among
/// `sources`.
void check_distinct(std::span<const MetricsSource> sources);

/// Throws UsageError where a name stands twice among `names`, which are of a `what` ("metric"):
/// its tests would count twice in a correction for their number.
void check_given_once(std::span<const std::string> names, const std::string& what);

/// Averages sources (at least one, comparable, distinct) that are runs of one configuration; runs
/// of several configurations, by their names or by check_same_configurations(), are a DataError.
AveragedRuns average_runs(std::span<const MetricsSource> sources);

/// See seeds.hpp.
std::vector<std::string> describe_files(std::span<const MetricsSource> sources);

/// Splits sources by name of configuration, in the order of first appearance.
std::vector<std::vector<MetricsSource>> by_configuration(std::span<const MetricsSource> sources);

}  // namespace regionwise::reporting

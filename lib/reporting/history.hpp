#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/run_file.hpp"

namespace regionwise::reporting {

/// A run file in memory (without weights' optimizer state), with its name for messages.
struct RunSource {
  std::string file;
  storage::RunRecord record;
};

/// Reads run files. DataError where a run (name and seed) stands twice, or where runs are of
/// different data sets, splits or classes.
std::vector<RunSource> read_runs(std::span<const std::filesystem::path> files);

/// One metric of a run's validations, as its history holds it.
struct ValidationHistory {
  std::string unit;
  std::vector<std::string> class_names;  ///< [classes], foreground only
  std::vector<std::int64_t> epochs;      ///< [validations], epochs done when validated
  std::vector<double> values;            ///< [validations, classes]
  /// [validations, classes], cases in which the class was missed; NaN where they were not counted.
  std::vector<double> misses;
};

/// DataError naming the file where the history lacks the metric, or `metric` is none (a count).
ValidationHistory validation_history(const RunSource& run, const std::string& metric);

struct CurveOptions {
  std::string metric = "dice";
  bool by_class = false;  ///< A curve per class instead of their mean.
};

/// A point of a validation curve: statistics over the runs (seeds) of one configuration.
struct CurvePoint {
  std::string group;       ///< Name of the configuration.
  std::string class_name;  ///< "mean" for the mean over classes.
  std::int64_t epoch = 0;
  double mean = 0;  ///< NaN, as the next five, where no run has a value.
  double sd = 0;    ///< Sample standard deviation over runs; NaN for one run.
  double min = 0;
  double max = 0;
  double q1 = 0;  ///< First and third quartile over runs (statistics::quantile).
  double q3 = 0;
  std::int64_t runs = 0;  ///< Runs with a value at this epoch.
  double misses = 0;      ///< Cases in which the class (any, for "mean") was missed, of all runs.
  std::int64_t undefined = 0;  ///< Values left out, of all runs (and classes, for "mean").
};

struct Curves {
  std::string unit;
  std::vector<CurvePoint> points;  ///< By configuration as given, class, epoch.
};

/// See run_failure.hpp.
std::vector<std::string> describe_failures(std::span<const RunSource> runs);

/// See seeds.hpp.
std::vector<std::string> describe_files(std::span<const RunSource> runs);

/// DataError where runs of one name are of different configurations: no seeds of one.
void check_same_configurations(std::span<const RunSource> runs);

/// Validation curves; check_same_configurations() first. The mean over classes of a run leaves
/// undefined classes out (a distance of a class never predicted); a run without a defined value at
/// an epoch is left out of that point. Each point says how much it leaves out.
Curves validation_curves(std::span<const RunSource> runs, const CurveOptions& options);

}  // namespace regionwise::reporting

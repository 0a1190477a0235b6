#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statistics/distribution.hpp"

namespace regionwise::reporting {

struct DistributionOptions {
  std::string metric = "dice";
  std::string class_name = "mean";  ///< A class, or "mean": the mean over foreground classes.
  double confidence = 0.95;         ///< Of the band and of the failure rate's interval.
  /// A model whose value is below this failed to converge: a value of the metric, in [0, 1]. None:
  /// kFailedBelow, and with a distance, of which less is better, nothing.
  std::optional<double> failed_below = {};

  static constexpr double kFailedBelow = 0.5;
  double failure_threshold() const { return failed_below.value_or(kFailedBelow); }
  void check() const;  ///< UsageError where failed_below is out of [0, 1].
};

/// The final value of each model (run, seed), a number per file.
struct FinalValues {
  struct Group {
    std::string name;  ///< Of the configuration; "unnamed" where the file has none.
    std::vector<double> values;
    std::int64_t marked_failed = 0;  ///< Of them, by the rule of run_failure.hpp …
    std::int64_t unknown = 0;  ///< … and those of which it says nothing: outcome_of has none.
  };

  std::vector<Group> groups;  ///< In the order of first appearance.
  std::string unit;
  bool higher_is_better = true;
  std::string dataset_name;
  std::string split_hash;
  std::string level;               ///< What one value is, in words.
  std::vector<std::string> files;  ///< See describe_files().
};

/// Reads one value per file: from metrics files the mean over cases of each class, then over
/// classes; from run files the last validation. All files are of one format; they must compare (see
/// check_comparable, read_runs, check_same_configurations). Failed runs are counted, never left
/// out. DataError for an unfinished run, and where a value is undefined, since leaving such a model
/// out would flatter its configuration.
FinalValues read_final_values(std::span<const std::filesystem::path> files,
                              const DistributionOptions& options);

struct FailureRate {
  std::int64_t failures = 0;
  std::int64_t n = 0;  ///< Of so many models.
  double share = 0;
  statistics::Interval interval;  ///< Clopper–Pearson, of the share.
};

/// The distribution of one group's final values.
struct GroupDistribution {
  std::string name;
  std::int64_t n = 0;
  std::vector<statistics::DistributionStep> steps;
  /// Models below options.failure_threshold(); none for a distance, of which less is better.
  std::optional<FailureRate> failed;
  /// Models marked as failed by the rule of their configuration (see run_failure.hpp), be it that a
  /// class was lost or that they diverged, among those whose outcome is known; none where that of
  /// none is.
  std::optional<FailureRate> marked;
  std::int64_t unknown = 0;  ///< Models whose outcome is not known.
};

/// UsageError of options.check(), for a confidence out of (0, 1), and where options.failed_below is
/// given for a distance.
std::vector<GroupDistribution> distributions(const FinalValues& values,
                                             const DistributionOptions& options);

}  // namespace regionwise::reporting

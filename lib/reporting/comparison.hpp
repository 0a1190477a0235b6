#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reporting/runs.hpp"
#include "statistics/clustered_bootstrap.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise::reporting {

struct ComparisonOptions {
  std::vector<std::string> metrics = {};  ///< Empty: all that the files hold.
  std::vector<std::string> classes = {};  ///< Empty: all.
  /// What is exchangeable under the null hypothesis: patients (all images of a patient flip
  /// together) or, with true, single cases.
  bool by_case = false;
  statistics::PermutationOptions permutation = {};
  statistics::BootstrapOptions bootstrap = {};
  void check() const;  ///< UsageError, also where a metric or class is named twice.
};

/// One class and one metric of two configurations, case by case.
struct Comparison {
  std::string class_name;
  std::string metric;
  std::string unit;
  /// Means over the pairs that the test kept: their difference is the test's.
  double mean_a = 0;
  double mean_b = 0;
  /// Cases whose average lacks a run (see AveragedRuns).
  std::int64_t partial_a = 0;
  std::int64_t partial_b = 0;
  /// Cases, over all runs of a side, in which the reference has the class and the prediction lacks
  /// it; none where pairs say nothing of it.
  std::optional<std::int64_t> misses_a;
  std::optional<std::int64_t> misses_b;
  statistics::PermutationResult test;
  /// test.p_value corrected for all tests made with it (see statistics/corrections.hpp).
  double p_holm = 1;
  double p_bh = 1;
  /// Of the same pairs; its groups are the test's.
  statistics::ClusteredEffect effect;
};

/// Compares two configurations whose sources are comparable (see check_comparable): a row per class
/// and metric. DataError for an unknown class or metric, and for one without a single pair of
/// defined values.
std::vector<Comparison> compare(const AveragedRuns& a,
                                const AveragedRuns& b,
                                const ComparisonOptions& options);

/// The runs (seeds) of two configurations.
struct Sides {
  std::vector<MetricsSource> a;
  std::vector<MetricsSource> b;

  std::vector<MetricsSource> all() const;
};

/// Reads them. DataError unless all are distinct and comparable (see check_distinct,
/// check_comparable): a run on both sides would count as if it were two. Other seeds of one
/// configuration may stand on the other side.
Sides read_sides(std::span<const std::filesystem::path> a,
                 std::span<const std::filesystem::path> b);

/// As `compare`: each side holds the runs (seeds) of one configuration.
std::vector<Comparison> compare_sides(const Sides& sides, const ComparisonOptions& options);

/// Those of both sides that failed to converge, as describe_failures(): a test takes them as they
/// are.
std::vector<std::string> describe_failures(const Sides& sides);

/// Paired values from a table.
struct PairedSample {
  std::vector<std::string> cases;
  std::vector<std::string> groups;
  std::vector<double> a;
  std::vector<double> b;
};

/// Reads tab-separated values: comment lines (`# …`), the header `case	group	a	b` (`# `
/// before it is allowed), then a line per case; a and b are decimal numbers, or nan where
/// undefined. Anything else, an empty cell and a case that stands twice are DataErrors naming
/// `where` and the line.
PairedSample read_pairs(std::istream& input, const std::string& where);
/// As above, from a file; "-" is stdin. IoError if it cannot be opened.
PairedSample read_pairs(const std::filesystem::path& file);
/// Its name in messages.
std::string pairs_name(const std::filesystem::path& file);

/// Compares a and b of a table; class, metric and unit are "-", options.metrics and .classes are
/// not used. DataError without a single pair of defined values.
Comparison compare_pairs(const PairedSample& sample, const ComparisonOptions& options);

}  // namespace regionwise::reporting

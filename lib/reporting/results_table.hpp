#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "reporting/runs.hpp"
#include "statistics/clustered_bootstrap.hpp"
#include "statistics/distribution.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise::reporting {

/// How the p-values of all of a table's tests are corrected for their number.
enum class Correction { none, holm, benjamini_hochberg };

/// What a results table shows, from a JSON file: {"title", "reference", "rows": [{"run", "label"}],
/// "metrics": [{"metric", "label", "digits"}], "significance", "correction": "none", "holm" or
/// "benjamini-hochberg"}.
struct TableSpecification {
  struct Row {
    std::string run;    ///< Name of a configuration.
    std::string label;  ///< As printed; with _ or ^ it is a formula, such as L_{RRW}.
  };
  struct Column {
    std::string metric;
    std::string label;  ///< Such as "HD (mm)".
    int digits = 2;     ///< After the point, 0 to 9.
  };

  std::string title;
  std::string reference;  ///< The run that the others are tested against: one of `rows`.
  std::vector<Row> rows;
  std::vector<Column> columns;
  double significance = 0.05;  ///< A star where the uncorrected p is below this, as in the paper.
  /// A dagger where the p so corrected is below it, too.
  Correction correction = Correction::holm;
};

/// UsageError naming the key.
TableSpecification parse_table_specification(const Json& json, const std::string& where);

struct TableOptions {
  std::string label =
      {};  ///< Such as "phantom, demo"; printed with the title. Empty: the data set.
  std::int64_t draws = 10000;
  std::uint64_t seed = 0;  ///< Of sign patterns and resamples.
  /// For intervals of difference and effect size; its seed and threads are those above and below.
  std::int64_t resamples = statistics::BootstrapOptions().resamples;
  double confidence = statistics::BootstrapOptions().confidence;
  int threads = 1;
  bool keep_failed = false;  ///< Take runs that failed to converge as they are.

  statistics::PermutationOptions permutation() const;
  statistics::BootstrapOptions bootstrap() const;
};

/// One class, loss and metric.
struct TableEntry {
  statistics::Summary summary;  ///< Over cases, of the per-case averages over runs.
  std::int64_t partial = 0;     ///< Cases whose average lacks a run.
  std::int64_t misses = 0;      ///< Volumes with the class where the prediction lacks it, all runs.
  /// The reference's values minus this loss's; none for the reference itself.
  std::optional<statistics::PermutationResult> test;
  /// Of the test, corrected for all of the table's; NaN without a test, or a pair to test.
  double p_holm = std::numeric_limits<double>::quiet_NaN();
  double p_bh = std::numeric_limits<double>::quiet_NaN();
  statistics::ClusteredEffect effect = {};  ///< Of the test's pairs, by patient.
  bool significant = false;                 ///< Uncorrected.
  bool stays_significant = false;           ///< With the table's correction; never with none.

  bool is_tested() const { return test && test->pairs > 0; }
};

/// The table of the paper's layout: a block per class, a line per loss, a column per metric.
struct ResultsTable {
  TableSpecification specification;
  TableOptions options;
  std::string dataset_name;
  std::string split;
  std::string split_hash;
  std::string empty_rule;
  std::int64_t cases = 0;
  std::int64_t patients = 0;
  std::vector<std::string> files;  ///< See describe_files().
  std::vector<std::string> class_names;
  std::vector<double> class_shares;    ///< Against the background's voxels; NaN: unknown.
  std::vector<std::int64_t> runs;      ///< [rows], seeds of each loss.
  std::vector<std::int64_t> replaced;  ///< [rows], failed runs in whose place others stand.
  std::vector<std::int64_t> failed;    ///< [rows], failed runs among them (options.keep_failed).
  std::vector<std::string> units;      ///< [columns]
  std::vector<TableEntry> entries;     ///< [classes, rows, columns]
  std::int64_t tests = 0;              ///< For which the p-values are corrected.

  const TableEntry& entry(std::size_t class_index, std::size_t row, std::size_t column) const;
};

/// Builds the table. DataError where a run of the specification is in no file, a file's run in no
/// row, a run failed to converge (unless options.keep_failed), or files do not compare (see
/// check_comparable, check_distinct). UsageError for options of tests that are out of their range.
ResultsTable make_results_table(const TableSpecification& specification,
                                std::span<const MetricsSource> sources,
                                const TableOptions& options);

}  // namespace regionwise::reporting

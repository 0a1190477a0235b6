#include "listings/group_comparison_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace regionwise::listings {
namespace {

cli::ResultTable group_comparison_columns() {
  return cli::ResultTable({{"a", ""},
                           {"b", ""},
                           {"n_a", "1"},
                           {"n_b", "1"},
                           {"ks_distance", "1"},
                           {"ks_p", "1"},
                           {"ks_p_holm", "1"},
                           {"failures_a", "1"},
                           {"failures_b", "1"},
                           {"share_difference", "1"},
                           {"share_difference_low", "1"},
                           {"share_difference_high", "1"},
                           {"fisher_p", "1"},
                           {"fisher_p_holm", "1"},
                           {"marked_a", "1"},
                           {"marked_b", "1"},
                           {"marked_difference", "1"},
                           {"marked_difference_low", "1"},
                           {"marked_difference_high", "1"},
                           {"marked_fisher_p", "1"},
                           {"marked_fisher_p_holm", "1"}});
}

/// Seven cells, NaN where there is no comparison.
void add_failures(std::vector<cli::Cell>& cells,
                  const std::optional<reporting::FailureComparison>& failures) {
  if (!failures) {
    cells.insert(cells.end(), 7, std::nan(""));
    return;
  }
  cells.insert(cells.end(),
               {failures->shares.a,
                failures->shares.b,
                failures->difference,
                failures->interval.lower,
                failures->interval.upper,
                failures->p_value,
                failures->p_holm});
}

/// Whether any of them compares this kind of failure.
bool any_has(std::span<const reporting::GroupComparison> comparisons,
             std::optional<reporting::FailureComparison> reporting::GroupComparison::*failures) {
  return std::any_of(comparisons.begin(), comparisons.end(), [&](const auto& one) {
    return (one.*failures).has_value();
  });
}

void add_row(cli::ResultTable& table, const reporting::GroupComparison& one) {
  std::vector<cli::Cell> cells{one.a,
                               one.b,
                               one.n_a,
                               one.n_b,
                               one.distribution.distance,
                               one.distribution.p_value,
                               one.p_holm};
  add_failures(cells, one.failures);
  add_failures(cells, one.marks);
  table.row(std::move(cells));
}

}  // namespace

void add_group_comparisons(cli::ResultTable& table,
                           std::span<const reporting::GroupComparison> comparisons,
                           const reporting::DistributionOptions& options) {
  if (comparisons.empty()) return;
  table.comment(
      "ks: two-sample Kolmogorov-Smirnov test of the models' values, exact over all divisions of "
      "the models into the two groups, ties included");
  if (any_has(comparisons, &reporting::GroupComparison::failures)) {
    table.comment(
        fmt::format("fisher: Fisher's exact test of the shares below {}; share_difference: a - b, "
                    "Newcombe's interval at confidence {}",
                    options.failure_threshold(),
                    options.confidence));
  }
  if (any_has(comparisons, &reporting::GroupComparison::marks)) {
    table.comment(
        fmt::format("marked: the same test and interval of the shares marked failed, at "
                    "confidence {}",
                    options.confidence));
  }
  table.comment(fmt::format("holm: corrected for {} pair{} of groups, each test by itself",
                            comparisons.size(),
                            comparisons.size() == 1 ? "" : "s"));
  cli::ResultTable section = group_comparison_columns();
  for (const reporting::GroupComparison& one : comparisons) add_row(section, one);
  table.section("comparisons", std::move(section));
}

}  // namespace regionwise::listings

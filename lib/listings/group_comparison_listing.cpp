#include "listings/group_comparison_listing.hpp"

#include <fmt/format.h>

#include <cmath>

namespace regionwise::listings {
namespace {

cli::ResultTable comparison_columns() {
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
                           {"fisher_p_holm", "1"}});
}

void add_row(cli::ResultTable& table, const reporting::GroupComparison& one) {
  std::vector<cli::Cell> cells{one.a,
                               one.b,
                               one.n_a,
                               one.n_b,
                               one.distribution.distance,
                               one.distribution.p_value,
                               one.p_holm};
  if (one.failures) {
    const reporting::FailureComparison& failures = *one.failures;
    cells.insert(cells.end(),
                 {failures.shares.a,
                  failures.shares.b,
                  failures.difference,
                  failures.interval.lower,
                  failures.interval.upper,
                  failures.p_value,
                  failures.p_holm});
  } else {
    cells.insert(cells.end(), 7, std::nan(""));
  }
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
  if (comparisons.front().failures) {
    table.comment(
        fmt::format("fisher: Fisher's exact test of the shares below {}; share_difference: a - b, "
                    "Newcombe's interval at confidence {}",
                    options.failed_below,
                    options.confidence));
  }
  table.comment(fmt::format("holm: corrected for {} pair{} of groups, each test by itself",
                            comparisons.size(),
                            comparisons.size() == 1 ? "" : "s"));
  cli::ResultTable section = comparison_columns();
  for (const reporting::GroupComparison& one : comparisons) add_row(section, one);
  table.section("comparisons", std::move(section));
}

}  // namespace regionwise::listings

#pragma once

#include <span>

#include "cli/results.hpp"
#include "reporting/group_comparison.hpp"

namespace regionwise::listings {

/// Adds to what `cdf` prints the comparison of its groups: a section `comparisons` and comments
/// that explain it; nothing where there are none.
void add_group_comparisons(cli::ResultTable& table,
                           std::span<const reporting::GroupComparison> comparisons,
                           const reporting::DistributionOptions& options);

}  // namespace regionwise::listings

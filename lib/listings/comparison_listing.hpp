#pragma once

#include <span>
#include <string>

#include "cli/results.hpp"
#include "reporting/comparison.hpp"

namespace regionwise::listings {

/// What `permtest` prints of comparisons made with `options`: a row each. `of_files`: from metrics
/// files (whose averages over runs the comments explain) rather than a table of pairs.
cli::ResultTable comparison_listing(std::span<const reporting::Comparison> comparisons,
                                    const reporting::ComparisonOptions& options,
                                    bool of_files,
                                    const std::string& command);

/// Comments of what is compared: the data, how it was scored, and the runs that failed.
void describe_sides(const reporting::Sides& sides, cli::ResultTable& table);

}  // namespace regionwise::listings

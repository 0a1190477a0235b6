#pragma once

#include <string>

#include "cli/results.hpp"
#include "reporting/results_table.hpp"

namespace regionwise::listings {

/// All that a results table holds, a row per class, loss and metric, in full precision.
cli::ResultTable table_listing(const reporting::ResultsTable& table, const std::string& command);

}  // namespace regionwise::listings

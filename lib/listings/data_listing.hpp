#pragma once

#include <span>
#include <string>

#include "cli/results.hpp"
#include "reporting/data_summary.hpp"

namespace regionwise::listings {

/// Data sets, a line per class: what the paper's Table 1 says of them, in full.
cli::ResultTable data_listing(std::span<const reporting::DataSummary> data,
                              const std::string& title,
                              const std::string& command);

}  // namespace regionwise::listings

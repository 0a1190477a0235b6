#pragma once

#include <string>

#include "cli/results.hpp"
#include "storage/metrics_file.hpp"

namespace regionwise::listings {

/// What `evaluate` prints of the scores that `command` made: mean and standard deviation per class
/// and metric, with what the means leave out.
cli::ResultTable score_listing(const storage::MetricsRecord& record, const std::string& command);

}  // namespace regionwise::listings

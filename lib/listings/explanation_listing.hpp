#pragma once

#include <string>

#include "cli/results.hpp"
#include "reporting/explanation.hpp"

namespace regionwise::listings {

/// A cell of a table: in comments what is printed there, its test and the files with their
/// histories; then a line per case with the value of each run.
cli::ResultTable explanation_listing(const reporting::Explanation& explanation,
                                     const reporting::ResultsTable& table,
                                     const std::string& command);

}  // namespace regionwise::listings

#pragma once

#include <string>
#include <vector>

#include "reporting/results_table.hpp"

namespace regionwise::reporting {

/// Title and label; says so where the images are synthetic.
std::string caption(const ResultsTable& table);
/// What a reader must know to take the numbers for what they are, a sentence or two each.
std::vector<std::string> notes(const ResultsTable& table);

/// Markdown, with `command` as a comment at its head.
std::string to_markdown(const ResultsTable& table, const std::string& command);
/// A LaTeX table environment that needs no package, with `command` as a comment at its head.
std::string to_latex(const ResultsTable& table, const std::string& command);

}  // namespace regionwise::reporting

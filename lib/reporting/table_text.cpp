#include "reporting/table_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reporting/markup.hpp"
#include "reporting/score_summary.hpp"

namespace regionwise::reporting {
namespace {

std::string fixed(double value, int digits) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, digits);
}

std::string share_text(double share, const Style& style) {
  return std::isnan(share) ? "" : style.text(" " + fixed(100 * share, 2) + " %");
}

/// What a mean leaves out or hides, such as " (2 missed, 1 undefined)"; nothing where there is
/// none.
std::string left_out(const TableEntry& entry, const std::string& unit) {
  // A miss scores 0 in an overlap, and is in its mean; a distance may lack it.
  const bool is_distance = unit == "mm";
  std::vector<std::string> parts;
  if (is_distance && entry.misses > 0) parts.push_back(fmt::format("{} missed", entry.misses));
  if (entry.summary.missing > 0) {
    parts.push_back(fmt::format("{} undefined", entry.summary.missing));
  }
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
}

std::string cell_text(const ResultsTable& table,
                      std::size_t k,
                      std::size_t row,
                      std::size_t column,
                      const Style& style) {
  const TableEntry& entry = table.entry(k, row, column);
  const int digits = table.specification.columns[column].digits;
  const std::string numbers =
      fixed(entry.summary.mean, digits) + style.plus_minus + fixed(entry.summary.sd, digits);
  const std::string mark = entry.stays_significant ? style.star_dagger
                           : entry.significant     ? style.star
                                                   : "";
  return style.math(numbers + mark) + left_out(entry, table.units[column]);
}

std::string runs_text(const ResultsTable& table, const Style& style) {
  const std::set<std::int64_t> counts(table.runs.begin(), table.runs.end());
  if (counts.size() == 1) {
    return fmt::format("{} run{} of each loss", table.runs[0], table.runs[0] == 1 ? "" : "s");
  }
  std::vector<std::string> parts;
  for (std::size_t r = 0; r < table.runs.size(); ++r) {
    parts.push_back(
        fmt::format("{} of {}", table.runs[r], style.label(table.specification.rows[r].label)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// How the tests of the table came to their p: the number of patients with both values decides,
/// test by test.
std::string patterns_text(const ResultsTable& table) {
  const auto count = std::ranges::count_if(
      table.entries, [](const auto& entry) { return entry.is_tested() && entry.test->exact; });
  std::string drawn = fmt::format("{} draws (seed {})", table.options.draws, table.options.seed);
  if (count == 0) return drawn;
  if (count == table.tests) return "all sign patterns enumerated";
  return fmt::format("all sign patterns enumerated in {} and {} in the others", count, drawn);
}

std::string test_text(const ResultsTable& table, const Style& style) {
  const TableSpecification& specification = table.specification;
  const auto reference =
      std::find_if(specification.rows.begin(), specification.rows.end(), [&](const auto& row) {
        return row.run == specification.reference;
      });
  return fmt::format(
      "A star marks {} against {}, uncorrected: two-sided paired permutation test of the mean "
      "difference, signs flipped by patient ({} test{}; {}).",
      style.math(fmt::format("p < {}", specification.significance)),
      style.label(reference->label),
      table.tests,
      table.tests == 1 ? "" : "s",
      table.tests == 0 ? "nothing to test" : patterns_text(table));
}

std::string correction_text(const ResultsTable& table, const Style& style) {
  const TableSpecification& specification = table.specification;
  if (specification.correction == Correction::none) {
    const double chance = static_cast<double>(table.tests) * specification.significance;
    return fmt::format(
        "No correction was asked for: up to {:.2g} of {} tests get a star by chance, "
        "on average, where no loss differs.",
        chance,
        table.tests);
  }
  const bool holm = specification.correction == Correction::holm;
  return fmt::format(
      "A dagger ({}) marks the stars that stay significant at {} after {} over all {} tests of the "
      "table: {}.",
      style.dagger,
      specification.significance,
      holm ? "Holm's correction" : "Benjamini and Hochberg's correction",
      table.tests,
      holm ? "the chance of any false one is at most that"
           : "the expected share of false ones among them is at most that");
}

/// "L_{Dice} 1, L_{RRW} 2": the losses of which there are any.
std::string counts_text(const ResultsTable& table,
                        const std::vector<std::int64_t>& counts,
                        const Style& style) {
  std::vector<std::string> parts;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    if (counts[r] == 0) continue;
    parts.push_back(
        fmt::format("{} {}", style.label(table.specification.rows[r].label), counts[r]));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Which trainings did not converge, and what became of them.
std::string failures_text(const ResultsTable& table, const Style& style) {
  const std::string replaced = counts_text(table, table.replaced, style);
  const std::string kept = counts_text(table, table.failed, style);
  std::string text =
      replaced.empty()
          ? "No run was replaced."
          : "Runs that failed to converge and were replaced by the next seed: " + replaced + ".";
  if (!kept.empty())
    text += " Runs that failed to converge and are in these numbers: " + kept + ".";
  return text;
}

std::vector<std::string> styled_notes(const ResultsTable& table, const Style& style) {
  std::vector<std::string> notes{
      fmt::format("Data: {}{}, split {} (hash {}), {} cases of {} patients.",
                  style.text(table.dataset_name),
                  table.options.label.empty() ? "" : " [" + style.text(table.options.label) + "]",
                  style.text(table.split),
                  style.text(table.split_hash.substr(0, 12)),
                  table.cases,
                  table.patients),
      fmt::format("Mean and standard deviation over cases (one value per volume) of the average "
                  "over runs ({}). Percentages: voxels of the class against background voxels in "
                  "the reference.",
                  runs_text(table, style)),
      failures_text(table, style),
      test_text(table, style),
      correction_text(table, style),
      fmt::format("Empty masks: {}. In brackets: volumes, over all runs, in which the prediction "
                  "missed the class (missed) and cases in which the metric is undefined and left "
                  "out (undefined); no brackets: none.",
                  style.text(table.empty_rule)),
  };
  for (const std::string& line : table.files)
    notes.push_back(style.text("Of the runs: " + line + "."));
  const bool has_distances = std::ranges::find(table.units, "mm") != table.units.end();
  if (has_distances) notes.push_back(style.text(distances_in_words() + "."));
  return notes;
}

std::string styled_caption(const ResultsTable& table, const Style& style) {
  const std::string& label = table.options.label;
  std::string text =
      table.specification.title + " (" + (label.empty() ? table.dataset_name : label) + ")";
  if (table.dataset_name.find("phantom") != std::string::npos) {
    text += ". SYNTHETIC phantom images, not patients";
  }
  return style.text(text);
}

/// The first column of a block's line: class, share, then nothing.
std::string class_text(const ResultsTable& table,
                       std::size_t k,
                       std::size_t row,
                       const Style& style) {
  if (row > 0) return "";
  return style.text(table.class_names[k]) + share_text(table.class_shares[k], style);
}

/// The cells of one line, first the class and the loss.
std::vector<std::string> line_cells(const ResultsTable& table,
                                    std::size_t k,
                                    std::size_t row,
                                    const Style& style) {
  std::vector<std::string> cells{class_text(table, k, row, style),
                                 style.label(table.specification.rows[row].label)};
  for (std::size_t c = 0; c < table.specification.columns.size(); ++c) {
    cells.push_back(cell_text(table, k, row, c, style));
  }
  return cells;
}

std::vector<std::string> heading_cells(const ResultsTable& table, const Style& style) {
  std::vector<std::string> cells{"Class", "Loss"};
  for (const auto& column : table.specification.columns) cells.push_back(style.text(column.label));
  return cells;
}

TextTable text_table(const ResultsTable& table, const Style& style) {
  TextTable text{
      styled_caption(table, style), heading_cells(table, style), 2, {}, styled_notes(table, style)};
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    text.blocks.emplace_back();
    for (std::size_t r = 0; r < table.specification.rows.size(); ++r) {
      text.blocks.back().push_back(line_cells(table, k, r, style));
    }
  }
  return text;
}

}  // namespace

std::string caption(const ResultsTable& table) {
  return styled_caption(table, plain_style());
}

std::vector<std::string> notes(const ResultsTable& table) {
  return styled_notes(table, plain_style());
}

std::string to_markdown(const ResultsTable& table, const std::string& command) {
  return markdown_table(text_table(table, markdown_style()), command);
}

std::string to_latex(const ResultsTable& table, const std::string& command) {
  return latex_table(text_table(table, latex_style()), command);
}

}  // namespace regionwise::reporting

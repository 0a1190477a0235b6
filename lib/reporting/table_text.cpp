#include "reporting/table_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace regionwise::reporting {
namespace {

/// How a format writes what the table holds.
struct Style {
  std::string (*text)(const std::string&);   ///< Free text.
  std::string (*label)(const std::string&);  ///< A loss: a formula or free text.
  std::string (*math)(const std::string&);   ///< A number or relation.
  const char* plus_minus;
  const char* star;
  const char* star_dagger;  ///< A dagger never stands without the star.
  const char* dagger;       ///< In a sentence.
};

bool is_formula(const std::string& label) {
  return label.find_first_of("_^\\") != std::string::npos;
}

std::string unchanged(const std::string& text) {
  return text;
}

std::string replaced(const std::string& text, std::string (*replacement)(char)) {
  std::string result;
  for (const char c : text) result += replacement(c);
  return result;
}

std::string latex_character(char c) {
  switch (c) {
    case '\\':
      return "\\textbackslash{}";
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '<':
      return "\\textless{}";
    case '>':
      return "\\textgreater{}";
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      return std::string("\\") + c;
    case '\n':
    case '\r':
      return " ";
    default:
      return std::string(1, c);
  }
}

std::string latex_text(const std::string& text) {
  return replaced(text, latex_character);
}
std::string latex_math(const std::string& text) {
  return "$" + text + "$";
}
std::string latex_label(const std::string& label) {
  return is_formula(label) ? latex_math(label) : latex_text(label);
}

std::string markdown_character(char c) {
  switch (c) {
    case '|':
    case '*':
    case '_':
    case '`':
    case '[':
    case ']':
    case '\\':
      return std::string("\\") + c;
    case '<':
      return "&lt;";
    case '\n':
    case '\r':
      return " ";
    default:
      return std::string(1, c);
  }
}

std::string markdown_text(const std::string& text) {
  return replaced(text, markdown_character);
}

/// L_{RRW} and L_x with HTML subscripts, which every renderer of Markdown knows.
std::string markdown_label(const std::string& label) {
  std::string result;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if ((label[i] != '_' && label[i] != '^') || i + 1 == label.size()) {
      result += markdown_character(label[i]);
      continue;
    }
    const char* tag = label[i] == '_' ? "sub" : "sup";
    const std::size_t close = label[i + 1] == '{' ? label.find('}', i) : std::string::npos;
    const std::string inner =
        close != std::string::npos ? label.substr(i + 2, close - i - 2) : label.substr(i + 1, 1);
    result += fmt::format("<{}>{}</{}>", tag, markdown_text(inner), tag);
    i = close != std::string::npos ? close : i + 1;
  }
  return result;
}

constexpr Style kPlain{unchanged, unchanged, unchanged, " ± ", "*", "*†", "†"};
constexpr Style kMarkdown{markdown_text, markdown_label, unchanged, " ± ", "\\*", "\\*†", "†"};
constexpr Style kLatex{
    latex_text, latex_label, latex_math, " \\pm ", "^{*}", "^{*\\dagger}", "$\\dagger$"};

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

std::string test_text(const ResultsTable& table, const Style& style) {
  const TableSpecification& specification = table.specification;
  const auto reference =
      std::find_if(specification.rows.begin(), specification.rows.end(), [&](const auto& row) {
        return row.run == specification.reference;
      });
  const bool exact = table.patients <= statistics::PermutationOptions().exact_up_to;
  return fmt::format(
      "A star marks {} against {}, uncorrected: two-sided paired permutation test of the mean "
      "difference, signs flipped by patient, {}, not corrected for the number of tests ({}).",
      style.math(fmt::format("p < {}", specification.significance)),
      style.label(reference->label),
      exact ? std::string("all sign patterns enumerated")
            : fmt::format("{} draws (seed {})", table.options.draws, table.options.seed),
      table.tests);
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

std::vector<std::string> styled_notes(const ResultsTable& table, const Style& style) {
  return {
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
      test_text(table, style),
      correction_text(table, style),
      fmt::format("Empty masks: {}. In brackets: volumes, over all runs, in which the prediction "
                  "missed the class (missed) and cases in which the metric is undefined and left "
                  "out (undefined); no brackets: none.",
                  style.text(table.empty_rule)),
  };
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

/// A comment that its own text cannot end.
std::string one_line(std::string text, const std::string& end) {
  for (std::size_t at; (at = text.find(end)) != std::string::npos;)
    text.replace(at, end.size(), " ");
  return text;
}

}  // namespace

std::string caption(const ResultsTable& table) {
  return styled_caption(table, kPlain);
}

std::vector<std::string> notes(const ResultsTable& table) {
  return styled_notes(table, kPlain);
}

std::string to_markdown(const ResultsTable& table, const std::string& command) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  const std::vector<std::string> heading = heading_cells(table, kMarkdown);
  std::string rule = "|---|---|";
  for (std::size_t c = 2; c < heading.size(); ++c) rule += "---:|";
  std::string text = fmt::format("<!-- {} -->\n\n**{}**\n\n{}{}\n",
                                 one_line(command, "-->"),
                                 styled_caption(table, kMarkdown),
                                 line(heading),
                                 rule);
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    for (std::size_t r = 0; r < table.specification.rows.size(); ++r) {
      text += line(line_cells(table, k, r, kMarkdown));
    }
  }
  for (const std::string& note : styled_notes(table, kMarkdown)) text += "\n" + note + "\n";
  return text;
}

std::string to_latex(const ResultsTable& table, const std::string& command) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("{} \\\\\n", fmt::join(cells, " & "));
  };
  const std::string alignment = "ll" + std::string(table.specification.columns.size(), 'c');
  std::string text = fmt::format(
      "% {}\n\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\begin{{tabular}}{{{}}}\n\\hline\n{}",
      one_line(command, "\n"),
      styled_caption(table, kLatex),
      alignment,
      line(heading_cells(table, kLatex)));
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    text += "\\hline\n";
    for (std::size_t r = 0; r < table.specification.rows.size(); ++r) {
      text += line(line_cells(table, k, r, kLatex));
    }
  }
  text += "\\hline\n\\end{tabular}\n\n";
  for (const std::string& note : styled_notes(table, kLatex)) {
    text += "{\\footnotesize\\raggedright " + note + "\\par}\n";
  }
  return text + "\\end{table}\n";
}

}  // namespace regionwise::reporting

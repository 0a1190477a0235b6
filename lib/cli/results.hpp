#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/json.hpp"

namespace regionwise::cli {

/// A cell: text, a whole number or a number (printed as by format_number; NaN as "nan").
using Cell = std::variant<std::string, std::int64_t, double>;

/// Results of a program on stdout: TSV with comment lines (`# …`) and a header `# name [unit] …`,
/// or with --json {"comments": […], "columns": [{"name", "unit"}…], "rows": [[…]…]}. Sections are
/// further tables, in comments as `# section: cell…` so that the rows below are of one kind, and in
/// JSON as {…, "section": {"columns", "rows"}}. Text in TSV: see tsv_row(); in JSON as it is, but
/// bytes that are not UTF-8 become U+FFFD.
class ResultTable {
 public:
  struct Column {
    std::string name;
    std::string unit;  ///< Empty: none (text, identifiers); "1": a ratio or count.
  };

  explicit ResultTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void comment(std::string text) { comments_.push_back(std::move(text)); }
  void row(std::vector<Cell> cells);
  /// Prints columns and rows of another table (not its comments) above this one's. Its name is none
  /// of "comments", "columns" and "rows".
  void section(std::string name, ResultTable table);
  std::string to_tsv() const;
  Json to_json() const;
  /// Prints to stdout. IoError where stdout cannot be written, save that a closed pipe is silent.
  void print(bool as_json) const;

 private:
  std::string lines(const std::string& heading_mark, const std::string& row_mark) const;

  std::vector<Column> columns_;
  std::vector<std::string> comments_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::string> section_names_;
  std::vector<ResultTable> sections_;
};

/// One row of TSV with its line end. No text breaks a row: each control character (tabs and line
/// ends are some) is a blank, and a row that would begin with `#`, as comments do, begins with a
/// blank.
std::string tsv_row(const std::vector<Cell>& cells);

/// Writes text to stdout with the same manners.
void print_text(const std::string& text);
/// Whether stdout is not a pipe that its reader has closed.
bool output_is_read();

/// A number so that it reads back exactly; negative zero as 0.
std::string format_number(double value);
/// The same of each, joined.
std::string format_numbers(std::span<const double> values, const std::string& separator);
std::string format_numbers(std::span<const float> values, const std::string& separator);

}  // namespace regionwise::cli

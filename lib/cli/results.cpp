#include "cli/results.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"

namespace regionwise::cli {
namespace {

std::string heading(const ResultTable::Column& column) {
  if (column.unit.empty() || column.unit == "1") return plain(column.name);
  return plain(fmt::format("{} [{}]", column.name, column.unit));
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return plain(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  return format_number(std::get<double>(cell));
}

Json json_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
  const double value = std::get<double>(cell) + 0.0;  // -0 becomes 0
  // JSON has neither NaN nor infinity.
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

template <typename T>
std::string shortest(T value) {
  return fmt::format("{}", value + T{0});  // -0 becomes 0
}

template <typename T>
std::string joined(std::span<const T> values, const std::string& separator) {
  std::string text;
  for (const T value : values) text += (text.empty() ? "" : separator) + shortest(value);
  return text;
}

}  // namespace

std::string format_number(double value) {
  return shortest(value);
}

std::string format_numbers(std::span<const double> values, const std::string& separator) {
  return joined(values, separator);
}

std::string format_numbers(std::span<const float> values, const std::string& separator) {
  return joined(values, separator);
}

std::string tsv_row(const std::vector<Cell>& cells) {
  std::string text;
  for (std::size_t c = 0; c < cells.size(); ++c) text += (c > 0 ? "\t" : "") + text_of(cells[c]);
  return (text.starts_with('#') ? " " : "") + text + "\n";
}

void ResultTable::row(std::vector<Cell> cells) {
  assert(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void ResultTable::section(std::string name, ResultTable table) {
  section_names_.push_back(std::move(name));
  sections_.push_back(std::move(table));
}

std::string ResultTable::lines(const std::string& heading_mark, const std::string& row_mark) const {
  std::string text = heading_mark;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    text += (c > 0 ? "\t" : "") + heading(columns_[c]);
  }
  text += "\n";
  for (const auto& cells : rows_) text += row_mark + tsv_row(cells);
  return text;
}

std::string ResultTable::to_tsv() const {
  std::string text;
  for (const std::string& comment : comments_) text += "# " + plain(comment) + "\n";
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    const std::string mark = "# " + section_names_[i] + ": ";
    text += sections_[i].lines(mark, mark);
  }
  return text + lines("# ", "");
}

Json ResultTable::to_json() const {
  Json columns = Json::array();
  for (const Column& column : columns_) {
    columns.push_back({{"name", column.name}, {"unit", column.unit}});
  }
  Json rows = Json::array();
  for (const auto& cells : rows_) {
    Json row = Json::array();
    for (const Cell& cell : cells) row.push_back(json_of(cell));
    rows.push_back(std::move(row));
  }
  Json json{{"comments", comments_}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    Json section = sections_[i].to_json();
    section.erase("comments");
    json[section_names_[i]] = std::move(section);
  }
  return json;
}

void ResultTable::print(bool as_json) const {
  print_text(as_json ? to_json().dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                     : to_tsv());
}

void print_text(const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(STDOUT_FILENO, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) return;
    if (count < 0)
      throw IoError(fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
    written += static_cast<std::size_t>(count);
  }
}

bool output_is_read() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, 0) <= 0 || (output.revents & POLLERR) == 0;
}

}  // namespace regionwise::cli

#pragma once

#include <string>
#include <vector>

namespace regionwise::reporting {

/// How a format writes what a table holds.
struct Style {
  std::string (*text)(const std::string&);   ///< Free text.
  std::string (*label)(const std::string&);  ///< A loss: a formula or free text.
  std::string (*math)(const std::string&);   ///< A number or relation.
  const char* plus_minus;
  const char* star;
  const char* star_dagger;  ///< A dagger never stands without the star.
  const char* dagger;       ///< In a sentence.
};

const Style& plain_style();
const Style& markdown_style();
const Style& latex_style();

/// A table as text in one style: cells, caption and notes are written in it already.
struct TextTable {
  std::string caption;
  std::vector<std::string> heading;
  std::size_t text_columns = 0;  ///< The first columns hold text (left), the others numbers.
  /// Blocks of lines; LaTeX draws a rule above each.
  std::vector<std::vector<std::vector<std::string>>> blocks;
  std::vector<std::string> notes;
};

/// Markdown, with `command` as a comment at its head. The table's style is Markdown's.
std::string markdown_table(const TextTable& table, const std::string& command);
/// A LaTeX table environment that needs no package, with `command` as a comment at its head. The
/// table's style is LaTeX's.
std::string latex_table(const TextTable& table, const std::string& command);

}  // namespace regionwise::reporting

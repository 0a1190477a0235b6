#include "reporting/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>

#include "core/text.hpp"

namespace regionwise::reporting {
namespace {

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// What stands below or above the line from `at`, where a label such as L_{RRW} or L_x has _ or ^;
/// nothing where the rest of a word follows, as in a name (rectified_small).
struct Script {
  std::string text;
  std::size_t bytes = 0;  ///< With its mark; 0: none.
};
Script script_at(const std::string& label, std::size_t at) {
  if ((label[at] != '_' && label[at] != '^') || at + 1 == label.size()) return {};
  if (label[at + 1] == '{') {
    const std::size_t close = label.find('}', at);
    if (close == std::string::npos) return {};
    return {label.substr(at + 2, close - at - 2), close + 1 - at};
  }
  const std::size_t bytes = character_bytes(label, at + 1);
  if (bytes == 1 && !is_letter_or_digit(label[at + 1])) return {};
  const std::size_t end = at + 1 + bytes;
  if (end < label.size() && is_letter_or_digit(label[end])) return {};
  return {label.substr(at + 1, bytes), 1 + bytes};
}

/// Whether LaTeX finds the end of it, within a cell of a table: each brace has its partner, and no
/// backslash ends it or its row.
bool is_closed(const std::string& formula) {
  int open = 0;
  for (std::size_t i = 0; i < formula.size() && open >= 0; ++i) {
    if (formula[i] == '\\') {
      ++i;  // past the character that it hides
      if (i == formula.size() || formula[i] == '\\') return false;
    } else if (formula[i] == '{') {
      ++open;
    } else if (formula[i] == '}') {
      --open;
    }
  }
  return open == 0;
}

/// Bytes of what stands at `at` of a formula: a group in braces, a command, or a character.
std::size_t piece_bytes(const std::string& formula, std::size_t at) {
  if (formula[at] == '\\' && at + 1 < formula.size()) {
    std::size_t end = at + 1;
    while (end < formula.size() && std::isalpha(static_cast<unsigned char>(formula[end])) != 0)
      ++end;
    return std::max<std::size_t>(end - at, 2);
  }
  if (formula[at] != '{') return character_bytes(formula, at);
  int open = 0;
  for (std::size_t i = at; i < formula.size(); ++i) {
    if (formula[i] == '\\') {
      ++i;
    } else if (formula[i] == '{') {
      ++open;
    } else if (formula[i] == '}' && --open == 0) {
      return i + 1 - at;
    }
  }
  return formula.size() - at;
}

/// Whether something has two scripts of a kind, as in a name (rwl_a_b): no formula. A prime counts
/// as one above the line.
bool has_doubled_script(const std::string& formula) {
  std::string marks;  // of what stands before
  for (std::size_t i = 0; i < formula.size();) {
    const bool is_prime = formula[i] == '\'';
    const char mark = is_prime ? '^' : formula[i];
    const bool is_script = mark == '_' || mark == '^';
    if (mark == ' ') {
      ++i;
      continue;
    }
    if (is_script && marks.find(mark) != std::string::npos) return true;
    if (is_script) {
      marks += mark;
    } else {
      marks.clear();
    }
    const std::size_t at = is_script && !is_prime ? formula.find_first_not_of(' ', i + 1) : i;
    if (at == std::string::npos) break;
    const std::string piece = formula.substr(at, piece_bytes(formula, at));
    const bool is_group = piece.size() > 2 && piece.front() == '{';
    if (is_group && has_doubled_script(piece.substr(1, piece.size() - 2))) return true;
    i = at + piece.size();
  }
  return false;
}

/// With a script, or a command of LaTeX.
bool is_formula(const std::string& label) {
  if (!is_closed(label) || has_doubled_script(label)) return false;
  for (std::size_t i = 0; i + 1 < label.size(); ++i) {
    if (script_at(label, i).bytes > 0) return true;
    if (label[i] == '\\' && std::isalpha(static_cast<unsigned char>(label[i + 1])) != 0)
      return true;
  }
  return false;
}

std::string unchanged(const std::string& text) {
  return text;
}

/// A control character is none in a table either.
std::string replaced(const std::string& text, std::string (*replacement)(char)) {
  std::string result;
  for (const char c : plain(text)) result += replacement(c);
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
  if (!is_formula(label)) return latex_text(label);
  std::string formula;
  char before = ' ';
  for (const char c : plain(label)) {
    const bool is_command = (c == '%' || c == '#' || c == '&' || c == '$') && before != '\\';
    formula += is_command ? std::string("\\") + c : std::string(1, c);
    before = c;
  }
  return latex_math(formula);
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
    case '~':
    case '$':
      return std::string("\\") + c;
    case '<':
      return "&lt;";
    case '&':
      return "&amp;";
    default:
      return std::string(1, c);
  }
}

std::string markdown_text(const std::string& text) {
  return replaced(text, markdown_character);
}

/// L_{RRW} and L_x with HTML subscripts, which every renderer of Markdown knows.
std::string markdown_label(const std::string& label) {
  if (has_doubled_script(label)) return markdown_text(label);
  std::string result;
  for (std::size_t i = 0; i < label.size();) {
    const Script script = script_at(label, i);
    if (script.bytes == 0) {
      const std::size_t bytes = character_bytes(label, i);
      result += markdown_text(label.substr(i, bytes));
      i += bytes;
      continue;
    }
    const char* tag = label[i] == '_' ? "sub" : "sup";
    result += fmt::format("<{}>{}</{}>", tag, markdown_text(script.text), tag);
    i += script.bytes;
  }
  return result;
}

constexpr Style kPlain{unchanged, unchanged, unchanged, " ± ", "*", "*†", "†"};
constexpr Style kMarkdown{markdown_text, markdown_label, unchanged, " ± ", "\\*", "\\*†", "†"};
constexpr Style kLatex{
    latex_text, latex_label, latex_math, " \\pm ", "^{*}", "^{*\\dagger}", "$\\dagger$"};

/// A comment that its own text cannot end.
std::string one_line(std::string text, const std::string& end) {
  for (std::size_t at; (at = text.find(end)) != std::string::npos;)
    text.replace(at, end.size(), " ");
  return text;
}

}  // namespace

const Style& plain_style() {
  return kPlain;
}
const Style& markdown_style() {
  return kMarkdown;
}
const Style& latex_style() {
  return kLatex;
}

std::string markdown_table(const TextTable& table, const std::string& command) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  std::string rule = "|";
  for (std::size_t c = 0; c < table.heading.size(); ++c) {
    rule += c < table.text_columns ? "---|" : "---:|";
  }
  std::string text = fmt::format("<!-- {} -->\n\n**{}**\n\n{}{}\n",
                                 one_line(command, "-->"),
                                 table.caption,
                                 line(table.heading),
                                 rule);
  for (const auto& block : table.blocks) {
    for (const auto& cells : block) text += line(cells);
  }
  for (const std::string& note : table.notes) text += "\n" + note + "\n";
  return text;
}

std::string latex_table(const TextTable& table, const std::string& command) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("{} \\\\\n", fmt::join(cells, " & "));
  };
  const std::string alignment = std::string(table.text_columns, 'l') +
                                std::string(table.heading.size() - table.text_columns, 'c');
  std::string text = fmt::format(
      "% {}\n\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\begin{{tabular}}{{{}}}\n\\hline\n{}",
      one_line(command, "\n"),
      table.caption,
      alignment,
      line(table.heading));
  for (const auto& block : table.blocks) {
    text += "\\hline\n";
    for (const auto& cells : block) text += line(cells);
  }
  text += "\\hline\n\\end{tabular}\n\n";
  for (const std::string& note : table.notes) {
    text += "{\\footnotesize\\raggedright " + note + "\\par}\n";
  }
  return text + "\\end{table}\n";
}

}  // namespace regionwise::reporting

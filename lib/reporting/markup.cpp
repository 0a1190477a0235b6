#include "reporting/markup.hpp"

#include <fmt/format.h>

namespace regionwise::reporting {
namespace {

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

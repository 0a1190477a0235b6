#include "core/regular_expression.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cstddef>

#include "core/error.hpp"

namespace regionwise {
namespace {

constexpr std::size_t kMostDigits = 4;

std::size_t digits_at(const std::string& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  return end - at;
}

/// Whether a repetition or a reference to a group has a longer number: the library's own overflows,
/// and it would take a{18446744073709551617} for a{1}.
bool has_long_number(const std::string& expression) {
  bool in_braces = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '{') in_braces = true;
    if (c == '}') in_braces = false;
    const bool starts_number = c == '\\' || (in_braces && (c == '{' || c == ','));
    if (starts_number && digits_at(expression, i + 1) > kMostDigits) return true;
    if (c == '\\') ++i;  // past the character that it hides
  }
  return false;
}

}  // namespace

std::regex compile_regex(const std::string& expression) {
  // The library calls itself for every parenthesis.
  constexpr std::size_t kLongest = 1000;
  if (expression.size() > kLongest) {
    throw UsageError(fmt::format("a regular expression longer than {} characters", kLongest));
  }
  if (has_long_number(expression)) {
    throw UsageError(fmt::format(
        "not a regular expression: a number of more than {} digits: {}", kMostDigits, expression));
  }
  try {
    return std::regex(expression);
  } catch (const std::regex_error&) {
    throw UsageError(fmt::format("not a regular expression: {}", expression));
  }
}

}  // namespace regionwise

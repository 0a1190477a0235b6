#include "core/regular_expression.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace regionwise {

std::regex compile_regex(const std::string& expression) {
  // The library calls itself for every parenthesis.
  constexpr std::size_t kLongest = 1000;
  if (expression.size() > kLongest) {
    throw UsageError(fmt::format("a regular expression longer than {} characters", kLongest));
  }
  try {
    return std::regex(expression);
  } catch (const std::regex_error&) {
    throw UsageError(fmt::format("not a regular expression: {}", expression));
  }
}

}  // namespace regionwise

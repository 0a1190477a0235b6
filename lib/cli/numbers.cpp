#include "cli/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace regionwise::cli {

std::string problem_of_whole_number(const std::string& text) {
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string digits = text.substr(sign);
  const bool is_decimal = !digits.empty() && (digits == "0" || digits[0] != '0') &&
                          std::all_of(digits.begin(), digits.end(), [](char c) {
                            return std::isdigit(static_cast<unsigned char>(c)) != 0;
                          });
  if (!is_decimal) return fmt::format("\"{}\" is no whole number such as 10", text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() ? "" : text + " is beyond 2^63 - 1";
}

std::string problem_of_decimal(const std::string& text) {
  return text.find_first_of("xX") == std::string::npos
             ? ""
             : fmt::format("\"{}\" is no decimal number such as 0.1", text);
}

CLI::Validator within(double least, double most, const std::string& name) {
  return {[least, most](std::string& text) {
            double value = 0;
            const bool number = CLI::detail::lexical_cast(text, value);
            return number && value >= least && value <= most
                       ? std::string()
                       : fmt::format("{} is not in {} to {}", text, least, most);
          },
          name};
}

}  // namespace regionwise::cli

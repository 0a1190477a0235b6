#include "cli/seed.hpp"

#include <charconv>

namespace regionwise::cli {
namespace {

/// Leaves the number without leading zeros; what is wrong with it, or nothing.
std::string as_decimal(std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    return text + " is no whole number from 0 to 18446744073709551615";
  }
  text = std::to_string(value);
  return {};
}

}  // namespace

CLI::Option* add_seed(CLI::App& app, std::uint64_t& seed, const std::string& description) {
  return app.add_option("--seed", seed, description)->transform(CLI::Validator(as_decimal, ""));
}

}  // namespace regionwise::cli

#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "core/comma_list.hpp"

namespace regionwise::cli {

/// The entries of one list; CLI::ValidationError where one is empty (1,,2), no T or not finite.
template <typename T>
std::vector<T> parse_list(const std::string& option, const std::string& text) {
  std::vector<T> values;
  for (const std::string& entry : split_at_commas(text)) {
    if (entry.empty()) {
      throw CLI::ValidationError(option, text + ": an entry between the commas is missing");
    }
    T value{};
    if (!CLI::detail::lexical_cast(entry, value)) {
      throw CLI::ValidationError(
          option, fmt::format("{}: \"{}\" is no {}", text, entry, CLI::detail::type_name<T>()));
    }
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) {
        throw CLI::ValidationError(option, fmt::format("{}: {} is not finite", text, entry));
      }
    }
    values.push_back(value);
  }
  return values;
}

/// Declares an option whose value is a list with commas (1,2,4). Given again, it goes on with the
/// list. CLI11's own delimiter() passes over empty entries.
template <typename T>
CLI::Option* add_list(CLI::App& app,
                      const std::string& name,
                      std::vector<T>& values,
                      const std::string& description) {
  const auto append = [&values, name](const std::vector<std::string>& texts) {
    values.clear();
    for (const std::string& text : texts) {
      const std::vector<T> more = parse_list<T>(name, text);
      values.insert(values.end(), more.begin(), more.end());
    }
  };
  return app.add_option_function<std::vector<std::string>>(name, append, description)
      ->type_name(CLI::detail::type_name<T>())
      ->allow_extra_args(false);
}

}  // namespace regionwise::cli

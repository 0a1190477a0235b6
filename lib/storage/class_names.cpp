#include "storage/class_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace regionwise::storage {

std::string problem_of_class_names(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (name.empty()) return "a class has an empty name";
    if (!is_plain(name)) {
      return fmt::format("class {}: expected UTF-8 without control characters", json_quoted(name));
    }
    if (name == "mean") return "a class is named \"mean\", as the mean over classes is";
    if (std::ranges::count(names, name) > 1) return fmt::format("classes name \"{}\" twice", name);
  }
  return {};
}

}  // namespace regionwise::storage

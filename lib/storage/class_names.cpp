#include "storage/class_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace regionwise::storage {

std::string problem_of_class_names(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (name.empty()) return "a class has an empty name";
    if (name == "mean") return "a class is named \"mean\", as the mean over classes is";
    if (std::ranges::count(names, name) > 1) return fmt::format("classes name \"{}\" twice", name);
  }
  return {};
}

}  // namespace regionwise::storage

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::maps {

/// A map as a command line describes it: its name or all of it, changed by options of their own.
struct MapOptions {
  std::string map;                       ///< --map: a name, or a JSON object with all of it.
  std::vector<std::string> map_options;  ///< "key=value" each.
  std::vector<double> class_weights;
  std::optional<std::string> unit;
  std::optional<int> dimensions;
  std::optional<std::string> empty_class;
  std::optional<std::string> full_class;
  bool reference_quirks = false;

  /// For MapSpecification, which checks the values. Throws UsageError.
  Json description() const;
  /// Whether any option is given, `map` or another.
  bool any() const;
};

}  // namespace regionwise::maps

#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise {

/// One option of a loss, map or metric: what `--help`, the configuration and the docs say of it.
struct OptionDoc {
  std::string name;     ///< The key in the configuration, kebab-case.
  Json fallback;        ///< Default; its JSON type is the option's type.
  std::string meaning;  ///< One line: meaning, unit, range.
};

/// The options of an entry with the defaults filled in. A key of `given` that is neither in `docs`
/// nor in `also_known` is a UsageError, and so is a value of another type than its default's.
Json resolve_options(const std::vector<OptionDoc>& docs,
                     const Json& given,
                     const std::string& where,
                     const std::vector<std::string>& also_known = {"name"});

}  // namespace regionwise

#include "maps/map_options.hpp"

#include "maps/dataset_maps.hpp"

namespace regionwise::maps {

Json MapOptions::description() const {
  Json description = parse_map_description(map);
  for (const std::string& assignment : map_options) set_map_option(description, assignment);
  if (!class_weights.empty()) description["class-weights"] = class_weights;
  if (unit) description["unit"] = *unit;
  if (dimensions) description["dimensions"] = *dimensions;
  if (empty_class) description["empty-class"] = *empty_class;
  if (full_class) description["full-class"] = *full_class;
  if (reference_quirks) description["reference-quirks"] = true;
  return description;
}

bool MapOptions::any() const {
  return !map.empty() || !map_options.empty() || !class_weights.empty() || unit || dimensions ||
         empty_class || full_class || reference_quirks;
}

}  // namespace regionwise::maps

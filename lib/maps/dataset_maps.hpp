#pragma once

#include <functional>
#include <span>
#include <string>

#include "core/interrupt.hpp"
#include "maps/map.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace regionwise::maps {

/// Computes the map of every case of a dataset, in the dataset's order, and adds it to `writer`,
/// which the caller finishes. Memory is bounded by one case. The slices of a case are computed on
/// up to `threads` threads. `done` is told the id of each case. `between` is called before each
/// few slices of a case, or before each case where a map is one of the whole volume. Errors name
/// file and case.
void compute_dataset_maps(const storage::DatasetReader& dataset,
                          const MapSpecification& specification,
                          int threads,
                          storage::MapsWriter& writer,
                          const std::function<void(const std::string&)>& done,
                          const BetweenSteps& between = go_on);

/// DataError that begins with `where` where a value of a sample's map, [K, D, H, W], is not finite.
void check_finite(std::span<const float> map,
                  const MapSpecification& specification,
                  const Shape3& shape,
                  const std::string& where);

/// The description of a map as a command line gives it: its name, or a JSON object with all of it.
/// Throws UsageError.
Json parse_map_description(const std::string& text);

/// "key=value" into a description; a value that is not JSON is text. Throws UsageError.
void set_map_option(Json& description, const std::string& assignment);

}  // namespace regionwise::maps

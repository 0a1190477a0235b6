#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "geometry/resize.hpp"
#include "planning/intensity.hpp"

namespace regionwise::planning {

/// Schemes of normalisation: by the data set's intensities, or by each image's own.
constexpr const char* kCtScheme = "CT";
constexpr const char* kOtherScheme = "nonCT";

/// How a 2-D network is laid over a data set (spec §2). In-plane pairs are (y, x).
struct Plan {
  std::array<std::int64_t, 2> patch_size{0, 0};
  std::int64_t batch_size = 2;
  std::vector<std::array<std::int64_t, 2>> strides;  ///< n levels
  std::vector<std::array<std::int64_t, 2>> kernels;  ///< n + 1, last: bottleneck
  std::int64_t base_features = 32;
  std::int64_t max_features = 480;

  // The rest says how preprocessing lays out the images and how the numbers above came about. A
  // plan written by hand may leave it out.
  std::array<int, 3> axis_order{0, 1, 2};  ///< Axis of the image that becomes axis 0, 1, 2.
  Spacing3 target_spacing_mm{1, 1, 1};     ///< In the order of axis_order.
  std::array<std::int64_t, 3> median_shape{0, 0, 0};  ///< At the target spacing, same order.
  std::vector<std::string> normalization;             ///< Per channel: "CT" or "nonCT".
  bool normalize_inside_mask = false;            ///< nonCT channels: over non-zero voxels only.
  std::vector<IntensityStatistics> intensities;  ///< Per channel where one is "CT", else empty.
  /// Of slices that are resized one by one (spec §1.4): catmull_rom as in the authors' environment,
  /// or cubic_bspline as in later ones.
  geometry::Kernel slice_kernel = geometry::Kernel::catmull_rom;
  std::int64_t memory_estimate = 0;         ///< Feature-map elements of one sample.
  std::int64_t batch_size_from_memory = 0;  ///< Before the limit to 5 % of all voxels.
  Json conversion =
      Json::object();  ///< Of slices before all else (sources/conversion.hpp); empty: none.
  Json overrides = Json::object();  ///< What a user set otherwise than planned.
};
Json to_json(const Plan& plan);

/// The fields that shape the images of a dataset file; the others lay a network over them.
inline constexpr std::array kImageFields{"axis_order",
                                         "target_spacing_mm",
                                         "normalization",
                                         "normalize_inside_mask",
                                         "intensities",
                                         "slice_kernel",
                                         "conversion"};

/// Throws UsageError: unknown or missing keys, sizes that do not fit each other.
Plan parse_plan(const Json& json, const std::string& where);

}  // namespace regionwise::planning

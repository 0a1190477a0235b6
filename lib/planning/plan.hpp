#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"

namespace regionwise::planning {

/// What the planner knows of a data set (spec §1.2).
struct Fingerprint {
  std::vector<Shape3> shapes;             ///< Of the cases after cropping.
  std::vector<Spacing3> spacings_mm;
  std::vector<std::string> modalities;
  int foreground_classes = 1;
};
Json to_json(const Fingerprint& fingerprint);

/// How a 2-D network is laid over a data set (spec §2). In-plane pairs are (y, x).
struct Plan {
  std::array<std::int64_t, 2> patch_size{0, 0};
  std::int64_t batch_size = 2;
  std::vector<std::array<std::int64_t, 2>> strides;  ///< n levels
  std::vector<std::array<std::int64_t, 2>> kernels;  ///< n + 1, last: bottleneck
  std::int64_t base_features = 32;
  std::int64_t max_features = 480;
};
Json to_json(const Plan& plan);
/// Throws UsageError: unknown or missing keys, sizes that do not fit each other.
Plan parse_plan(const Json& json, const std::string& where);

/// The reference's planner. Throws DataError where it fails (batch below 2, no case).
Plan make_plan(const Fingerprint& fingerprint);

}  // namespace regionwise::planning

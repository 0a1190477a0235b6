#pragma once

#include <array>
#include <cstdint>

namespace regionwise::planning {

/// Largest angle by which training rotates a patch of this size (spec §4.3), degrees.
double rotation_limit_degrees(const std::array<std::int64_t, 2>& patch_size);

/// The part of a slice that training reads so that a rotated and scaled patch fits (spec §4.3), by
/// that limit or by a larger one of the user's, degrees.
std::array<std::int64_t, 2> loader_patch_size(const std::array<std::int64_t, 2>& patch_size,
                                              double rotation_degrees = 0);

}  // namespace regionwise::planning

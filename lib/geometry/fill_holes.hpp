#pragma once

#include <cstdint>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Sets to 1 every zero voxel of `mask` that no path of zero voxels, from face to face, joins to
/// the border of the array (spec §1.1). Time is linear in the number of voxels, memory in that of
/// the rows' runs of zeros.
void fill_holes(Volume<std::uint8_t>& mask);

}  // namespace regionwise::geometry

#pragma once

#include "geometry/bit_mask.hpp"

namespace regionwise::geometry {

/// Surface voxels of a mask: the mask minus its erosion with the face-neighbour cross (6 in 3-D, 4
/// in an image: `volume` false); outside the mask's block counts as background (MedPy's
/// definition). `margin`: of the result.
BitMask surface_voxels(const BitMask& mask, bool volume, std::int64_t margin = 1);

}  // namespace regionwise::geometry

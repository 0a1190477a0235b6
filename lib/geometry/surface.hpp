#pragma once

#include <cstdint>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Surface voxels of a mask: the mask minus its erosion with the face-neighbour cross (6 in 3-D, 4
/// if the depth is 1); outside the volume counts as background (MedPy's definition).
std::vector<std::uint8_t> surface_voxels(VolumeView<std::uint8_t> mask);

}  // namespace regionwise::geometry

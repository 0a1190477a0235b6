#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::storage {

/// Where the voxels of an image lie, and what is needed to write another image onto the same grid.
struct ImageGeometry {
  Shape3 shape;                  ///< z, y, x as stored in the file.
  Spacing3 spacing_mm{1, 1, 1};  ///< z, y, x.
  /// Rows of the affine that takes voxel indices (x, y, z, 1) to RAS+ mm (NIfTI sform, else qform,
  /// else the spacing alone).
  std::array<std::array<double, 4>, 3> world_from_voxel{};
  /// The source's NIfTI header (348 or 540 bytes) as on disk; empty where there was no file. An
  /// exported image keeps its codes, units, sform and qform.
  std::vector<std::uint8_t> nifti_header;
};

}  // namespace regionwise::storage

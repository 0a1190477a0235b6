#pragma once

#include <string>
#include <vector>

#include "core/volume.hpp"
#include "storage/geometry.hpp"

namespace regionwise::planning {

/// One case as read from its files, in canonical orientation: axes z, y, x of the arrays point to
/// the head, to the front and to the right (RAS+) as nearly as the voxel grid allows.
struct RawCase {
  std::string id;
  int channels = 1;
  std::vector<float> image;         ///< [C, D, H, W]
  Volume<Label> label;              ///< [D, H, W], 0 … K-1; empty where there is none.
  storage::ImageGeometry geometry;  ///< Of the image file, as stored.
};

}  // namespace regionwise::planning

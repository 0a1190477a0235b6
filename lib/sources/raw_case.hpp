#pragma once

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "core/volume.hpp"
#include "storage/geometry.hpp"
#include "storage/orientation.hpp"

namespace regionwise::sources {

/// One case as read from its files, in canonical orientation: axes z, y, x of the arrays point to
/// the head, to the front and to the right (RAS+) as nearly as the voxel grid allows.
struct RawCase {
  std::string id;
  int channels = 1;
  std::vector<float> image;         ///< [C, D, H, W]
  Volume<Label> label;              ///< [D, H, W], 0 … K-1; empty where there is none.
  storage::ImageGeometry geometry;  ///< Of the image file, as stored.
  /// Slices of the canonical grid (z, ascending) that image and label hold, where they lack some;
  /// empty: every one.
  std::vector<std::int64_t> kept_slices;
  std::vector<std::filesystem::path> image_files;  ///< Named in errors; none where it was drawn.
  std::filesystem::path label_file;

  Shape3 shape() const {  ///< D, H, W
    Shape3 result = storage::canonical_geometry(geometry).shape;
    if (!kept_slices.empty()) result.depth = std::ssize(kept_slices);
    return result;
  }
};

}  // namespace regionwise::sources

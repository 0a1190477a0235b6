#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/nifti.hpp"

namespace regionwise::testing {

/// A small grid whose first voxel lies at `origin_mm` along x.
inline storage::ImageGeometry small_grid(Shape3 shape = {3, 4, 5}, double origin_mm = 0) {
  storage::ImageGeometry geometry;
  geometry.shape = shape;
  geometry.spacing_mm = {4, 2, 1};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    geometry.world_from_voxel[axis][axis] = geometry.spacing_mm[2 - axis];
  }
  geometry.world_from_voxel[0][3] = origin_mm;
  return geometry;
}

/// Writes voxels i -> value(i) as float32.
template <class Value>
void write_volume(const std::filesystem::path& path,
                  const storage::ImageGeometry& geometry,
                  Value&& value) {
  std::filesystem::create_directories(path.parent_path());
  Volume<float> volume(geometry.shape);
  for (std::size_t i = 0; i < volume.values.size(); ++i)
    volume.values[i] = static_cast<float>(value(i));
  storage::write_nifti(path, volume.view(), geometry);
}

/// An image in which every voxel differs.
inline void write_image(const std::filesystem::path& path,
                        const storage::ImageGeometry& geometry = small_grid()) {
  write_volume(path, geometry, [](std::size_t i) { return 100 + 3 * static_cast<double>(i); });
}

/// A label map in which voxel i holds values[i % size].
inline void write_label(const std::filesystem::path& path,
                        std::vector<int> values = {0, 1, 2},
                        const storage::ImageGeometry& geometry = small_grid()) {
  write_volume(path, geometry, [&](std::size_t i) { return values[i % values.size()]; });
}

}  // namespace regionwise::testing

#pragma once

#include <cmath>
#include <filesystem>

#include "fuzz/fuzz.hpp"
#include "storage/nifti.hpp"

/// Everything that reads a NIfTI file, and what holds for whatever it lets through.
namespace regionwise::testing {

inline void check_geometry(const storage::ImageGeometry& geometry) {
  const auto& shape = geometry.shape;
  must(shape.depth >= 1 && shape.height >= 1 && shape.width >= 1, "an empty image");
  for (const double mm : geometry.spacing_mm) {
    must(std::isfinite(mm) && mm > 0, "a spacing that is none");
  }
  for (const auto& row : geometry.world_from_voxel) {
    for (const double value : row) must(std::isfinite(value), "an affine that is not finite");
  }
}

inline void read_nifti_file(const std::filesystem::path& path) {
  using namespace storage;
  const bool header = read([&] { check_geometry(read_nifti_header(path).geometry); });
  read([&] { read_nifti_geometry(path); });
  if (!header) return;
  read([&] {
    const auto image = read_nifti(path);
    must(std::ssize(image.values) == image.channels * image.geometry.shape.size(),
         "other than the promised number of voxels");
    for (const float value : image.values) must(std::isfinite(value), "a voxel that is not finite");
  });
  read([&] {
    const auto labels = read_nifti_labels(path);
    must(std::ssize(labels.labels.values) == labels.geometry.shape.size(),
         "other than the promised number of labels");
  });
  read([&] {
    const auto classes = read_nifti_classes(path, {{0, 0}, {1, 1}, {255, 2}});
    for (const Label value : classes.classes.values) must(value >= 0 && value <= 2, "no class");
  });
}

}  // namespace regionwise::testing

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/volume.hpp"
#include "geometry/box.hpp"
#include "sources/raw_case.hpp"

namespace regionwise::planning {

/// Label of a voxel outside the non-zero mask (spec §1.1): background that training masks out.
constexpr Label kOutside = -1;

/// A case cut down to where any channel is not 0, axes as in RawCase.
struct CroppedCase {
  std::string id;
  std::vector<std::filesystem::path> image_files;  ///< As in RawCase.
  int channels = 1;
  std::vector<float> image;  ///< [C, D, H, W] of the box.
  /// [D, H, W] of the box: the classes, and `kOutside` where the background lies outside the mask.
  /// Without a label file 0 inside the mask and `kOutside` outside.
  Volume<Label> label;
  /// 0 inside the mask, `kOutside` outside: what `label` is without a label file.
  Volume<Label> mask;
  geometry::Box box;  ///< Within the case's arrays.
  Shape3 whole;       ///< The case's shape before.
  Spacing3 spacing_mm{1, 1, 1};

  /// "images/x.nii.gz: case x, channel 0", for errors.
  std::string place(int channel) const;
  /// Voxels after / before, in (0, 1].
  double size_reduction() const;
};

/// Cuts a case down to the box of its non-zero mask: voxels at which any channel is not 0, with
/// cavities filled (spec §1.1). Memory: the case, and two bytes per voxel. Throws DataError where
/// every voxel is 0, or every voxel of a channel the same.
CroppedCase crop_to_nonzero(sources::RawCase raw);

}  // namespace regionwise::planning

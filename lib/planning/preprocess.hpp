#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "core/volume.hpp"
#include "storage/geometry.hpp"

namespace regionwise::planning {

/// One case as read from its files.
struct RawCase {
  std::string id;
  int channels = 1;
  std::vector<float> image;         ///< [C, D, H, W]
  Volume<Label> label;              ///< [D, H, W], 0 … K-1; empty where there is none.
  storage::ImageGeometry geometry;  ///< Of the image file.
};

/// One case as a network sees it.
struct Preprocessed {
  int channels = 1;
  std::vector<float> image;  ///< [C, D, H, W], every channel with mean 0 and sd 1.
  Volume<Label> label;       ///< As in RawCase.
  Shape3 shape;
  Spacing3 spacing_mm{1, 1, 1};
  /// The part of the source that was kept: first voxel and shape (z, y, x).
  std::array<std::int64_t, 3> crop_start{0, 0, 0};
  Shape3 crop_shape;
};

/// Brings a case into the form that is stored and trained on: every channel is normalised by its
/// own mean and deviation over the whole volume; grid and labels stay. Throws DataError for a
/// constant channel.
Preprocessed preprocess(RawCase raw);

/// (x - mean) / (sd + 1e-8) with the population sd (spec §1.5), in place. Heavy tails are kept: the
/// reference clips MR intensities neither. Throws DataError where all values are equal.
void z_score(std::span<float> values);

}  // namespace regionwise::planning

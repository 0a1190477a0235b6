#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/volume.hpp"
#include "geometry/resize.hpp"
#include "storage/dataset_file.hpp"

namespace regionwise::preprocessing {

/// Takes a network's class probabilities back onto the grid of the image that they are of:
/// resamples them linearly to the cropped shape, takes the most probable class (the first one on
/// ties), undoes transposition and crop (spec §5.1, Export); slices that the volume lacks become 0.
/// Works slice by slice, so that the probabilities of one slice are all that is held beside the
/// labels.
class Restorer {
 public:
  Restorer(const storage::CaseInfo& info, std::int64_t classes);

  /// probabilities [K, H, W] float32 of slice z of the preprocessed volume. Slices may come in any
  /// order, from several threads.
  void add_slice(std::int64_t z, std::span<const float> probabilities);

  /// Labels on the source's canonical grid (z, y, x), 0 outside the crop.
  Volume<Label> finish() && { return std::move(labels_); }

 private:
  std::array<std::int64_t, 3> crop_start_;
  std::vector<std::int64_t> kept_slices_;
  std::array<std::size_t, 3> axis_order_{};
  Shape3 cropped_;  ///< In the network's order of axes.
  std::int64_t classes_;
  /// One axis after the other, since a coarse axis in the plane is taken by nearest neighbour.
  std::optional<geometry::SliceResizer> columns_;
  std::optional<geometry::SliceResizer> rows_;
  Shape2 from_;
  Volume<Label> labels_;
};

}  // namespace regionwise::preprocessing

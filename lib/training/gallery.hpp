#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "maps/map.hpp"
#include "storage/png.hpp"
#include "training/augmentation.hpp"
#include "training/sampler.hpp"

namespace regionwise::training {

struct GalleryOptions {
  std::int64_t count = 8;    ///< Samples: the first of the training's first batches.
  std::int64_t channel = 0;  ///< Of the image.

  void check(int channels) const;  ///< UsageError
};

/// What belongs beside a place of the sheet.
struct GalleryCaption {
  std::int64_t row = 0;     ///< 1 … samples; 0: of a column; samples + 1: of the bars.
  std::int64_t column = 0;  ///< 1 … columns; 0: of a row.
  std::int64_t x = 0;       ///< In pixels of the sheet from its left …
  /// … and its top: the middle of the tile's edge; of what was drawn, the lower left corner.
  std::int64_t y = 0;
  std::string text;
};

/// What augmentation drew for a row.
struct GalleryDraw {
  std::int64_t row = 0;  ///< 1 … samples
  std::string case_id;
  std::int64_t slice = 0;  ///< Of the preprocessed volume, from 0.
  AugmentationDraw draw;
};

struct Gallery {
  storage::RgbImage sheet;
  std::vector<GalleryCaption> captions;
  std::vector<GalleryDraw> draws;
};

/// "rotation 35°, scaling 1.2, gamma 0.8, mirror y": what of the draws is seen in a channel.
std::string describe(const std::vector<AugmentationDraw>& draws, std::int64_t channel);

/// What a network is trained with: a row per sample, with the part of the slice that was read, what
/// augmentation made of it (both in one grey window), its classes in colour (Okabe and Ito's), and
/// the region-wise map of each foreground class (blue below 0, red above, one range for the sheet).
/// What augmentation drew is a caption under the row's second tile.
/// Small patches are enlarged; a pixel stays a square. UsageError where it would take more than
/// 4 GiB of memory.
Gallery draw_gallery(const Sampler& sampler,
                     const AugmentationConfig& augmentation,
                     const std::vector<bool>& masked,
                     const maps::MapSpecification& map,
                     const GalleryOptions& options);

}  // namespace regionwise::training

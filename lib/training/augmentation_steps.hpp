#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "core/volume.hpp"
#include "geometry/resize.hpp"

namespace regionwise::training {

/// What one sample of a batch is made of, all C order.
struct TrainingSample {
  std::int64_t channels = 0;
  Shape2 shape{0, 0};
  std::vector<float> image;       ///< [channels, height, width]
  std::vector<Label> label;       ///< [height, width]; -1 outside the non-zero mask
  std::int64_t map_channels = 0;  ///< 0: without a map
  std::vector<float> map;         ///< [map_channels, height, width], precomputed

  std::span<float> channel(std::int64_t index);
  std::span<const float> channel(std::int64_t index) const;
};

// The steps of spec §4.4, each a function of its parameters alone.

/// Step 1 where it does not act: the middle, from floor((size − patch) / 2) on, with zeros where
/// the patch is larger.
TrainingSample centre_crop(const TrainingSample& sample, Shape2 patch);

/// Step 1: geometry::PatchWarp. The sample has no map.
TrainingSample rotate_and_scale(const TrainingSample& sample,
                                Shape2 patch,
                                double angle_rad,
                                double scale);

/// Step 2: adds normal noise of this standard deviation.
void add_noise(std::span<float> image, double sd, RandomStream& random);

/// Step 3: Gaussian of `sigma` pixels, cut off at 4 sigma, border reflected with the last pixel
/// repeated.
void blur(std::span<float> channel, Shape2 shape, double sigma);

/// Step 4.
void scale_brightness(std::span<float> channel, double factor);

/// Step 5: spreads values about their mean, clipped to their range before.
void scale_contrast(std::span<float> channel, double factor);

/// Step 6: shrinks to rint(size · zoom) by nearest neighbour and enlarges again with `kernel`.
/// zoom in (0, 1].
void lower_resolution(std::span<float> channel, Shape2 shape, double zoom, geometry::Kernel kernel);

/// Steps 7 (inverted) and 8: raises the values, scaled to [0, 1], to a power, then restores mean
/// and standard deviation in the reference's way. A constant channel becomes 0, as there.
void correct_gamma(std::span<float> channel, double gamma, bool inverted);

/// Step 9: turns rows and/or columns around, of image, label and map.
void mirror(TrainingSample& sample, bool rows, bool columns);

/// Steps 10 and 11: image 0 outside the non-zero mask in the channels that were normalised inside
/// it (`masked`, one per channel, or empty: none), then label 0 there.
void close_mask(TrainingSample& sample, const std::vector<bool>& masked);

}  // namespace regionwise::training

#include "training/augmentation.hpp"

#include <numbers>

#include "planning/plan.hpp"

namespace regionwise::training {
namespace {

using Step = AugmentationConfig::Step;

/// Hands out each step's stream.
struct Streams {
  std::uint64_t seed;
  DrawPosition position;

  RandomStream of(Purpose purpose) const {
    DrawPosition own = position;
    own.purpose = purpose;
    return {seed, own};
  }
};

double in_range(RandomStream& random, const Step& step) {
  return random.uniform(step.range.low, step.range.high);
}

/// Below 1 half of the time, above 1 else.
double around_one(RandomStream& random, const Step& step) {
  const bool below = random.chance(0.5);
  return below ? random.uniform(step.range.low, 1) : random.uniform(1, step.range.high);
}

double rotation_limit_rad(const AugmentationConfig& config, Shape2 patch) {
  const double degrees = config.rotation.degrees > 0
                             ? config.rotation.degrees
                             : planning::rotation_limit_degrees({patch.height, patch.width});
  return degrees * std::numbers::pi / 180;
}

TrainingSample cut_patch(const TrainingSample& loaded,
                         Shape2 patch,
                         const AugmentationConfig& config,
                         RandomStream random) {
  const bool rotated = random.chance(config.rotation.probability);
  const bool scaled = random.chance(config.scaling.probability);
  if (!rotated && !scaled) return centre_crop(loaded, patch);
  const double limit = rotation_limit_rad(config, patch);
  const double angle_rad = rotated ? random.uniform(-limit, limit) : 0;
  const double scale = scaled ? around_one(random, config.scaling) : 1;
  return rotate_and_scale(loaded, patch, angle_rad, scale);
}

/// Where the step acts on this sample, calls body(channel, random) for each channel it acts on.
template <class Body>
void for_some_channels(TrainingSample& sample, const Step& step, RandomStream random, Body body) {
  if (!random.chance(step.probability)) return;
  for (std::int64_t c = 0; c < sample.channels; ++c) {
    if (random.chance(step.channel_probability)) body(sample.channel(c), random);
  }
}

void vary_sharpness(TrainingSample& sample,
                    const AugmentationConfig& config,
                    const Streams& streams) {
  RandomStream noise = streams.of(Purpose::augment_noise);
  if (noise.chance(config.noise.probability)) {
    const double sd = in_range(noise, config.noise);
    add_noise(sample.image, sd, noise);
  }
  for_some_channels(sample,
                    config.blur,
                    streams.of(Purpose::augment_blur),
                    [&](std::span<float> channel, RandomStream& random) {
                      blur(channel, sample.shape, in_range(random, config.blur));
                    });
}

void vary_intensity(TrainingSample& sample,
                    const AugmentationConfig& config,
                    const Streams& streams) {
  for_some_channels(sample,
                    config.brightness,
                    streams.of(Purpose::augment_brightness),
                    [&](std::span<float> channel, RandomStream& random) {
                      scale_brightness(channel, in_range(random, config.brightness));
                    });
  for_some_channels(sample,
                    config.contrast,
                    streams.of(Purpose::augment_contrast),
                    [&](std::span<float> channel, RandomStream& random) {
                      scale_contrast(channel, around_one(random, config.contrast));
                    });
}

void vary_resolution(TrainingSample& sample,
                     const AugmentationConfig& config,
                     const Streams& streams) {
  for_some_channels(sample,
                    config.low_resolution,
                    streams.of(Purpose::augment_low_resolution),
                    [&](std::span<float> channel, RandomStream& random) {
                      const double zoom = in_range(random, config.low_resolution);
                      lower_resolution(channel, sample.shape, zoom, config.low_resolution_kernel);
                    });
}

void vary_gamma(TrainingSample& sample, const Step& step, RandomStream random, bool inverted) {
  for_some_channels(
      sample, step, random, [&](std::span<float> channel, RandomStream& channel_random) {
        correct_gamma(channel, around_one(channel_random, step), inverted);
      });
}

}  // namespace

TrainingSample augment(const TrainingSample& loaded,
                       Shape2 patch,
                       const AugmentationConfig& config,
                       const std::vector<bool>& masked,
                       std::uint64_t seed,
                       const DrawPosition& position) {
  if (loaded.map_channels > 0) config.check("augmentation", true);
  const Streams streams{seed, position};
  TrainingSample sample = cut_patch(loaded, patch, config, streams.of(Purpose::augment_spatial));
  vary_sharpness(sample, config, streams);
  vary_intensity(sample, config, streams);
  vary_resolution(sample, config, streams);
  vary_gamma(sample, config.gamma_inverted, streams.of(Purpose::augment_gamma_inverted), true);
  vary_gamma(sample, config.gamma, streams.of(Purpose::augment_gamma), false);
  if (config.mirror) {
    RandomStream random = streams.of(Purpose::mirroring);
    const bool rows = random.chance(0.5);
    const bool columns = random.chance(0.5);
    mirror(sample, rows, columns);
  }
  close_mask(sample, masked);
  return sample;
}

}  // namespace regionwise::training

#include "training/augmentation.hpp"

#include <numbers>

#include "planning/loader_patch.hpp"

namespace regionwise::training {
namespace {

using Step = AugmentationConfig::Step;

/// Hands out each step's stream and keeps what was drawn from it.
struct Streams {
  std::uint64_t seed;
  DrawPosition position;
  std::vector<AugmentationDraw>* draws;  ///< Null: not kept.

  RandomStream of(Purpose purpose) const {
    DrawPosition own = position;
    own.purpose = purpose;
    return {seed, own};
  }
  void keep(const char* step, std::int64_t channel, double value) const {
    if (draws != nullptr) draws->push_back({step, channel, value});
  }
};

constexpr std::int64_t kWholeSample = -1;

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
                         const Streams& streams) {
  RandomStream random = streams.of(Purpose::augment_spatial);
  const bool rotated = random.chance(config.rotation.probability);
  const bool scaled = random.chance(config.scaling.probability);
  if (!rotated && !scaled) return centre_crop(loaded, patch);
  const double limit = rotation_limit_rad(config, patch);
  const double angle_rad = rotated ? random.uniform(-limit, limit) : 0;
  const double scale = scaled ? around_one(random, config.scaling) : 1;
  if (rotated) streams.keep("rotation", kWholeSample, angle_rad * 180 / std::numbers::pi);
  if (scaled) streams.keep("scaling", kWholeSample, scale);
  return rotate_and_scale(loaded, patch, angle_rad, scale);
}

/// A step that may act on each channel with a value of its own.
struct ChannelStep {
  const char* name;
  const Step& step;
  Purpose purpose;
  double (*draw)(RandomStream& random, const Step& step);
};

/// Where the step acts on this sample, calls body(channel, value) for each channel it acts on.
template <class Body>
void for_some_channels(TrainingSample& sample,
                       const ChannelStep& what,
                       const Streams& streams,
                       Body body) {
  RandomStream random = streams.of(what.purpose);
  if (!random.chance(what.step.probability)) return;
  for (std::int64_t c = 0; c < sample.channels; ++c) {
    if (!random.chance(what.step.channel_probability)) continue;
    const double value = what.draw(random, what.step);
    streams.keep(what.name, c, value);
    body(sample.channel(c), value);
  }
}

void vary_sharpness(TrainingSample& sample,
                    const AugmentationConfig& config,
                    const Streams& streams) {
  RandomStream noise = streams.of(Purpose::augment_noise);
  if (noise.chance(config.noise.probability)) {
    const double sd = in_range(noise, config.noise);
    streams.keep("noise", kWholeSample, sd);
    add_noise(sample.image, sd, noise);
  }
  for_some_channels(
      sample,
      {"blur", config.blur, Purpose::augment_blur, in_range},
      streams,
      [&](std::span<float> channel, double sigma) { blur(channel, sample.shape, sigma); });
}

void vary_intensity(TrainingSample& sample,
                    const AugmentationConfig& config,
                    const Streams& streams) {
  for_some_channels(sample,
                    {"brightness", config.brightness, Purpose::augment_brightness, in_range},
                    streams,
                    scale_brightness);
  for_some_channels(sample,
                    {"contrast", config.contrast, Purpose::augment_contrast, around_one},
                    streams,
                    scale_contrast);
}

void vary_resolution(TrainingSample& sample,
                     const AugmentationConfig& config,
                     const Streams& streams) {
  for_some_channels(
      sample,
      {"low-resolution", config.low_resolution, Purpose::augment_low_resolution, in_range},
      streams,
      [&](std::span<float> channel, double zoom) {
        lower_resolution(channel, sample.shape, zoom, config.low_resolution_kernel);
      });
}

void vary_gamma(TrainingSample& sample, const AugmentationConfig& config, const Streams& streams) {
  for_some_channels(
      sample,
      {"gamma-inverted", config.gamma_inverted, Purpose::augment_gamma_inverted, around_one},
      streams,
      [](std::span<float> channel, double gamma) { correct_gamma(channel, gamma, true); });
  for_some_channels(
      sample,
      {"gamma", config.gamma, Purpose::augment_gamma, around_one},
      streams,
      [](std::span<float> channel, double gamma) { correct_gamma(channel, gamma, false); });
}

void mirror_some_axes(TrainingSample& sample, const Streams& streams) {
  RandomStream random = streams.of(Purpose::mirroring);
  const bool rows = random.chance(0.5);
  const bool columns = random.chance(0.5);
  if (rows) streams.keep("mirror-y", kWholeSample, 1);
  if (columns) streams.keep("mirror-x", kWholeSample, 1);
  mirror(sample, rows, columns);
}

}  // namespace

TrainingSample augment(const TrainingSample& loaded,
                       Shape2 patch,
                       const AugmentationConfig& config,
                       const std::vector<bool>& masked,
                       std::uint64_t seed,
                       const DrawPosition& position,
                       std::vector<AugmentationDraw>* draws) {
  if (loaded.map_channels > 0) config.check("augmentation", true);
  const Streams streams{seed, position, draws};
  TrainingSample sample = cut_patch(loaded, patch, config, streams);
  vary_sharpness(sample, config, streams);
  vary_intensity(sample, config, streams);
  vary_resolution(sample, config, streams);
  vary_gamma(sample, config, streams);
  if (config.mirror) mirror_some_axes(sample, streams);
  close_mask(sample, masked);
  return sample;
}

}  // namespace regionwise::training

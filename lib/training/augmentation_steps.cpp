#include "training/augmentation_steps.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/simd.hpp"
#include "geometry/gaussian.hpp"
#include "geometry/warp.hpp"
#include "training/intensity.hpp"

namespace regionwise::training {
namespace {

/// Copies the middle of each plane of [planes, from] to one of [planes, to].
template <class T>
std::vector<T> crop_planes(const std::vector<T>& in, Shape2 from, Shape2 to) {
  // Shifts round down where the patch is the larger one, too.
  const std::int64_t y0 = (from.height - to.height) >> 1;
  const std::int64_t x0 = (from.width - to.width) >> 1;
  const std::int64_t x_begin = std::max<std::int64_t>(0, -x0);
  const std::int64_t x_end = std::min(to.width, from.width - x0);
  const std::int64_t planes = from.size() == 0 ? 0 : std::ssize(in) / from.size();
  std::vector<T> out(static_cast<std::size_t>(planes * to.size()));
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    for (std::int64_t y = std::max<std::int64_t>(0, -y0); y < std::min(to.height, from.height - y0);
         ++y) {
      const T* source = in.data() + plane * from.size() + (y + y0) * from.width + x0;
      T* row = out.data() + plane * to.size() + y * to.width;
      std::copy(source + x_begin, source + x_end, row + x_begin);
    }
  }
  return out;
}

template <class T>
void mirror_planes(std::vector<T>& planes, Shape2 shape, bool rows, bool columns) {
  for (auto plane = planes.begin(); plane != planes.end(); plane += shape.size()) {
    for (std::int64_t y = 0; rows && y < shape.height / 2; ++y) {
      const auto row = plane + y * shape.width;
      std::swap_ranges(row, row + shape.width, plane + (shape.height - 1 - y) * shape.width);
    }
    for (std::int64_t y = 0; columns && y < shape.height; ++y) {
      std::reverse(plane + y * shape.width, plane + (y + 1) * shape.width);
    }
  }
}

/// Beyond the border the line comes back, its last element twice.
std::int64_t reflected(std::int64_t index, std::int64_t length) {
  const std::int64_t period = 2 * length;
  index %= period;
  if (index < 0) index += period;
  return std::min(index, period - 1 - index);
}

/// out := tap · in
REGIONWISE_MULTIVERSION void weigh(const float* in, float tap, std::int64_t count, float* out) {
  for (std::int64_t x = 0; x < count; ++x) out[x] = tap * in[x];
}

/// out := out + tap · (a + b)
REGIONWISE_MULTIVERSION void add_weighed(
    const float* a, const float* b, float tap, std::int64_t count, float* out) {
  for (std::int64_t x = 0; x < count; ++x) out[x] += tap * (a[x] + b[x]);
}

void blur_rows(const float* in, Shape2 shape, std::span<const float> taps, float* out) {
  for (std::int64_t y = 0; y < shape.height; ++y) {
    const float* middle = in + y * shape.width;
    float* row = out + y * shape.width;
    weigh(middle, taps[0], shape.width, row);
    for (std::int64_t i = 1; i < std::ssize(taps); ++i) {
      const float* above = in + reflected(y - i, shape.height) * shape.width;
      const float* below = in + reflected(y + i, shape.height) * shape.width;
      add_weighed(above, below, taps[static_cast<std::size_t>(i)], shape.width, row);
    }
  }
}

void blur_columns(const float* in, Shape2 shape, std::span<const float> taps, float* out) {
  const std::int64_t radius = std::ssize(taps) - 1;
  std::vector<float> line(static_cast<std::size_t>(shape.width + 2 * radius));
  for (std::int64_t y = 0; y < shape.height; ++y) {
    const float* source = in + y * shape.width;
    std::copy_n(source, shape.width, line.data() + radius);
    for (std::int64_t i = 1; i <= radius; ++i) {
      line[static_cast<std::size_t>(radius - i)] = source[reflected(-i, shape.width)];
      line[static_cast<std::size_t>(radius + shape.width - 1 + i)] =
          source[reflected(shape.width - 1 + i, shape.width)];
    }
    const float* middle = line.data() + radius;
    float* row = out + y * shape.width;
    weigh(middle, taps[0], shape.width, row);
    for (std::int64_t i = 1; i <= radius; ++i) {
      const float tap = taps[static_cast<std::size_t>(i)];
      add_weighed(middle - i, middle + i, tap, shape.width, row);
    }
  }
}

std::int64_t shrunk(std::int64_t size, double zoom) {
  const double exact = static_cast<double>(size) * zoom;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::nearbyint(exact)));
}

}  // namespace

std::span<float> TrainingSample::channel(std::int64_t index) {
  const auto pixels = static_cast<std::size_t>(shape.size());
  return std::span(image).subspan(static_cast<std::size_t>(index) * pixels, pixels);
}

std::span<const float> TrainingSample::channel(std::int64_t index) const {
  const auto pixels = static_cast<std::size_t>(shape.size());
  return std::span(image).subspan(static_cast<std::size_t>(index) * pixels, pixels);
}

TrainingSample centre_crop(const TrainingSample& sample, Shape2 patch) {
  return {.channels = sample.channels,
          .shape = patch,
          .image = crop_planes(sample.image, sample.shape, patch),
          .label = crop_planes(sample.label, sample.shape, patch),
          .map_channels = sample.map_channels,
          .map = crop_planes(sample.map, sample.shape, patch)};
}

TrainingSample rotate_and_scale(const TrainingSample& sample,
                                Shape2 patch,
                                double angle_rad,
                                double scale) {
  assert(sample.map_channels == 0);
  TrainingSample out;
  out.channels = sample.channels;
  out.shape = patch;
  out.image.resize(static_cast<std::size_t>(sample.channels * patch.size()));
  out.label.resize(static_cast<std::size_t>(patch.size()));
  const geometry::PatchWarp warp(sample.shape, patch, angle_rad, scale);
  for (std::int64_t c = 0; c < sample.channels; ++c) warp.image(sample.channel(c), out.channel(c));
  warp.labels(sample.label, out.label);
  return out;
}

void add_noise(std::span<float> image, double sd, RandomStream& random) {
  add_normal(image, static_cast<float>(sd), random);
}

void blur(std::span<float> channel, Shape2 shape, double sigma) {
  assert(std::ssize(channel) == shape.size() && sigma > 0);
  const std::vector<double> exact = geometry::gaussian_taps(sigma);
  const std::vector<float> taps(exact.begin(), exact.end());
  std::vector<float> between(channel.size());
  blur_rows(channel.data(), shape, taps, between.data());
  blur_columns(between.data(), shape, taps, channel.data());
}

void scale_brightness(std::span<float> channel, double factor) {
  for (float& value : channel) value *= static_cast<float>(factor);
}

void scale_contrast(std::span<float> channel, double factor) {
  const ChannelStatistics before = channel_statistics(channel);
  spread(channel, static_cast<float>(before.mean), static_cast<float>(factor), before.range);
}

void lower_resolution(std::span<float> channel,
                      Shape2 shape,
                      double zoom,
                      geometry::Kernel kernel) {
  const Shape2 low{shrunk(shape.height, zoom), shrunk(shape.width, zoom)};
  std::vector<float> shrunk_channel(static_cast<std::size_t>(low.size()));
  geometry::SliceResizer(shape, low, geometry::Kernel::nearest)
      .resize<float>(channel, shrunk_channel);
  geometry::SliceResizer(low, shape, kernel)
      .resize<float>(shrunk_channel, channel, geometry::value_range<float>(shrunk_channel));
}

void correct_gamma(std::span<float> channel, double gamma, bool inverted) {
  const ChannelStatistics before = channel_statistics(channel);
  const auto [low, high] = before.range;
  const float sign = inverted ? -1.0F : 1.0F;
  const float range = high - low + 1e-7F;
  raise(channel, sign, inverted ? -high : low, range, static_cast<float>(gamma));
  const ChannelStatistics after = channel_statistics(channel);
  // The mean is restored before the division and thus scaled with the rest (spec §4.4).
  const auto shift = static_cast<float>(static_cast<double>(sign) * before.mean - after.mean);
  const auto factor = static_cast<float>(before.sd / (after.sd + 1e-8)) * sign;
  shift_and_scale(channel, shift, factor);
}

void mirror(TrainingSample& sample, bool rows, bool columns) {
  mirror_planes(sample.image, sample.shape, rows, columns);
  mirror_planes(sample.label, sample.shape, rows, columns);
  mirror_planes(sample.map, sample.shape, rows, columns);
}

void close_mask(TrainingSample& sample, const std::vector<bool>& masked) {
  assert(masked.empty() || std::ssize(masked) == sample.channels);
  for (std::size_t c = 0; c < masked.size(); ++c) {
    if (!masked[c]) continue;
    const std::span<float> channel = sample.channel(static_cast<std::int64_t>(c));
    for (std::size_t i = 0; i < channel.size(); ++i) {
      if (sample.label[i] < 0) channel[i] = 0;
    }
  }
  for (Label& label : sample.label) label = std::max(label, Label{0});
}

}  // namespace regionwise::training

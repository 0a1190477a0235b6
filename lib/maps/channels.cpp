#include "maps/channels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "geometry/distance_transform.hpp"

namespace regionwise::maps {
namespace {

/// Where one class lies in an image.
struct Extent {
  std::int64_t pixels = 0;
  std::array<std::int64_t, 3> first{INT64_MAX, INT64_MAX, INT64_MAX};
  std::array<std::int64_t, 3> end{0, 0, 0};

  /// Pixels x … x_end-1 of row y of slice z.
  void add_run(std::int64_t z, std::int64_t y, std::int64_t x, std::int64_t x_end) {
    pixels += x_end - x;
    first = {std::min(first[0], z), std::min(first[1], y), std::min(first[2], x)};
    end = {std::max(end[0], z + 1), std::max(end[1], y + 1), std::max(end[2], x_end)};
  }

  geometry::Box box() const {
    if (pixels == 0) return {};
    return {first, {end[0] - first[0], end[1] - first[1], end[2] - first[2]}};
  }
};

std::vector<Extent> class_extents(std::span<const Label> labels, const Shape3& shape, int classes) {
  std::vector<Extent> extents(static_cast<std::size_t>(classes));
  const Label* row = labels.data();
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y, row += shape.width) {
      for (std::int64_t x = 0; x < shape.width;) {
        const std::int64_t run = x;
        while (x < shape.width && row[x] == row[run]) ++x;
        extents[row[run]].add_run(z, y, run, x);
      }
    }
  }
  return extents;
}

}  // namespace

void for_each_channel(const LabelBatch& batch,
                      const MapSettings& settings,
                      std::span<double> map,
                      const std::function<void(const Channel&)>& body) {
  Shape3 image = batch.shape;
  if (!settings.three_dimensional) image.depth = 1;
  const std::size_t pixels = image.size();
  const std::int64_t images = batch.shape.depth / image.depth;
  for (std::int64_t sample = 0; sample < batch.samples; ++sample) {
    for (std::int64_t index = 0; index < images; ++index) {
      const auto labels = batch.labels.subspan((sample * images + index) * pixels, pixels);
      const std::vector<Extent> extents = class_extents(labels, image, batch.classes);
      for (std::int64_t k = 0; k < batch.classes; ++k) {
        const std::size_t start = ((sample * batch.classes + k) * images + index) * pixels;
        const Extent& extent = extents[k];
        body({labels,
              image,
              static_cast<Label>(k),
              extent.pixels,
              extent.box(),
              map.subspan(start, pixels)});
      }
    }
  }
}

void DistanceMeter::outside(const Channel& channel, std::span<double> out) {
  mask_.resize(channel.labels.size());
  std::transform(channel.labels.begin(), channel.labels.end(), mask_.begin(), [&](Label label) {
    return static_cast<std::uint8_t>(label == channel.label);
  });
  measure(channel.shape, out);
}

void DistanceMeter::inside(const Channel& channel, double sign, std::span<double> out) {
  if (channel.absent()) return;
  if (channel.full()) return inside_full_image(channel.shape, sign, out);
  // The pixel nearest to a class lies in its box or beside it: the rest need not be looked at.
  const geometry::Box box = geometry::grown(channel.box, 1, channel.shape);
  const auto for_each_row = [&](auto&& body) {
    for (std::int64_t z = 0; z < box.shape.depth; ++z) {
      for (std::int64_t y = 0; y < box.shape.height; ++y) {
        const std::int64_t row = (box.start[0] + z) * channel.shape.height + box.start[1] + y;
        body((z * box.shape.height + y) * box.shape.width,
             row * channel.shape.width + box.start[2]);
      }
    }
  };
  mask_.resize(static_cast<std::size_t>(box.shape.size()));
  for_each_row([&](std::int64_t in_box, std::int64_t in_image) {
    for (std::int64_t x = 0; x < box.shape.width; ++x) {
      mask_[in_box + x] = channel.labels[in_image + x] != channel.label;
    }
  });
  distances_.resize(mask_.size());
  measure(box.shape, distances_);
  for_each_row([&](std::int64_t in_box, std::int64_t in_image) {
    for (std::int64_t x = 0; x < box.shape.width; ++x) {
      if (mask_[in_box + x] == 0) out[in_image + x] = sign * distances_[in_box + x];
    }
  });
}

void DistanceMeter::measure(const Shape3& shape, std::span<double> out) {
  const auto root = [](auto squared) { return std::sqrt(static_cast<double>(squared)); };
  if (millimetres_) {
    geometry::squared_distances_mm({mask_, shape}, spacing_mm_, out);
    std::transform(out.begin(), out.end(), out.begin(), root);
  } else {
    squared_.resize(mask_.size());
    geometry::squared_distances({mask_, shape}, squared_);
    std::transform(squared_.begin(), squared_.end(), out.begin(), root);
  }
}

void DistanceMeter::inside_full_image(const Shape3& shape,
                                      double sign,
                                      std::span<double> out) const {
  const Spacing3 unit = millimetres_ ? spacing_mm_ : Spacing3{1, 1, 1};
  // The phantom lies one step before the first axis: z in a volume, y in a slice.
  const double z_step = shape.depth > 1 ? 1 : 0;
  const double y_step = shape.depth > 1 ? 0 : 1;
  std::size_t i = 0;
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x, ++i) {
        const double dz = (static_cast<double>(z) + z_step) * unit[0];
        const double dy = (static_cast<double>(y) + y_step) * unit[1];
        const double dx = static_cast<double>(x) * unit[2];
        out[i] = sign * std::sqrt(dz * dz + dy * dy + dx * dx);
      }
    }
  }
}

void signed_distances(const LabelBatch& batch, const MapSettings& settings, std::span<double> map) {
  DistanceMeter meter(batch, settings);
  std::vector<double> last_outside;  // Of the last class that was not absent; empty: none yet.
  for_each_channel(batch, settings, map, [&](const Channel& channel) {
    std::fill(channel.map.begin(), channel.map.end(), 0.0);
    if (channel.absent()) {
      if (settings.empty_class == EdgeRule::standard) return;
      if (last_outside.empty()) {
        throw DataError(
            "empty-class reference: class 0 is absent from the first image of the batch, where the "
            "published code fails too; use empty-class standard");
      }
      std::copy(last_outside.begin(), last_outside.end(), channel.map.begin());
      return;
    }
    if (!channel.full()) meter.outside(channel, channel.map);
    if (settings.empty_class == EdgeRule::reference) {
      last_outside.assign(channel.map.begin(), channel.map.end());
    }
    if (channel.full() && settings.full_class == EdgeRule::standard) return;
    meter.inside(channel, -1, channel.map);
  });
}

}  // namespace regionwise::maps

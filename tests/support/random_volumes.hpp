#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "core/random.hpp"
#include "core/volume.hpp"

namespace regionwise::testing {

/// Uniform in [low, high); RapidCheck's own ranges begin near `low` and rarely come near `high`.
template <class T>
rc::Gen<T> uniform(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

/// Sizes from 1 up; depth 1 where `max_depth` is 1.
inline rc::Gen<Shape3> any_shape(std::int64_t max_depth, std::int64_t max_side) {
  const auto size = [](std::int64_t most) { return uniform<std::int64_t>(1, most + 1); };
  return rc::gen::construct<Shape3>(size(max_depth), size(max_side), size(max_side));
}

/// Sizes of a slice from `least` to `most`.
inline Shape2 any_slice_shape(std::int64_t least, std::int64_t most) {
  return {*uniform(least, most + 1), *uniform(least, most + 1)};
}

/// Normal noise.
template <class T>
std::vector<T> noise(const Shape2& shape) {
  RandomStream random(static_cast<std::uint64_t>(*uniform(0, 1 << 20)), {});
  std::vector<T> values(static_cast<std::size_t>(shape.size()));
  for (T& value : values) value = static_cast<T>(random.normal());
  return values;
}

/// Noise: from empty through sparse and dense to full.
inline Volume<std::uint8_t> any_mask(const Shape3& shape) {
  const auto ones = *rc::gen::element<std::size_t>(0, 1, 10, 50, 100);
  Volume<std::uint8_t> mask(shape);
  const auto zero_or_one =
      ones == 0 ? rc::gen::just<std::uint8_t>(0)
                : rc::gen::weightedElement<std::uint8_t>({{ones, 1}, {100 - ones, 0}});
  mask.values = *rc::gen::container<std::vector<std::uint8_t>>(mask.values.size(), zero_or_one);
  return mask;
}

/// Regions around random sites, each with a random class: anything from an image of a single class
/// to noise; classes may be absent or in several pieces.
inline Volume<Label> any_labels(const Shape3& shape, int classes) {
  struct Site {
    std::int64_t z, y, x;
    Label label;
  };
  std::vector<Site> sites(*uniform<std::size_t>(1, 12));
  for (Site& site : sites) {
    site = {*uniform<std::int64_t>(0, shape.depth),
            *uniform<std::int64_t>(0, shape.height),
            *uniform<std::int64_t>(0, shape.width),
            static_cast<Label>(*uniform(0, classes))};
  }
  Volume<Label> labels(shape);
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x) {
        std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
        for (const Site& site : sites) {
          const std::int64_t distance = (site.z - z) * (site.z - z) + (site.y - y) * (site.y - y) +
                                        (site.x - x) * (site.x - x);
          if (distance >= nearest) continue;
          nearest = distance;
          labels.at(z, y, x) = site.label;
        }
      }
    }
  }
  return labels;
}

/// Voxel sizes in mm, equal or not.
inline Spacing3 any_spacing() {
  const auto step = [] { return *rc::gen::element(0.35, 1.0, 1.25, 1.5, 10.0); };
  return {step(), step(), step()};
}

}  // namespace regionwise::testing

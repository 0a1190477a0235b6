#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace regionwise {

/// Sizes of a slice or patch in array order: rows, columns (y, x).
struct Shape2 {
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t size() const { return height * width; }
  bool operator==(const Shape2&) const = default;
};

/// Sizes of a volume in array order: slices, rows, columns (z, y, x). A 2-D image has depth 1.
struct Shape3 {
  std::int64_t depth = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t size() const { return depth * height * width; }
  std::int64_t slice_size() const { return height * width; }
  bool operator==(const Shape3&) const = default;
};

/// Distances between voxel centres in mm, in array order (z, y, x).
using Spacing3 = std::array<double, 3>;

/// A read-only view of a volume, C order.
template <class T>
struct VolumeView {
  std::span<const T> values;
  Shape3 shape;
};

/// A volume that owns its voxels, C order.
template <class T>
struct Volume {
  Shape3 shape;
  std::vector<T> values;

  Volume() = default;
  explicit Volume(Shape3 s, T fill = T{})
      : shape(s), values(static_cast<std::size_t>(s.size()), fill) {}

  T& at(std::int64_t z, std::int64_t y, std::int64_t x) {
    return values[static_cast<std::size_t>((z * shape.height + y) * shape.width + x)];
  }
  const T& at(std::int64_t z, std::int64_t y, std::int64_t x) const {
    return values[static_cast<std::size_t>((z * shape.height + y) * shape.width + x)];
  }
  VolumeView<T> view() const { return {values, shape}; }
};

/// Label of a voxel: 0 background, 1 … K-1 the classes.
using Label = std::int8_t;

}  // namespace regionwise

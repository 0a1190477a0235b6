#include "preprocessing/resampling.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>

namespace regionwise::preprocessing {
namespace {

constexpr double kCoarseRatio = 3;

using Order = std::array<std::size_t, 3>;

std::array<std::int64_t, 3> extents(const Shape3& shape) {
  return {shape.depth, shape.height, shape.width};
}

Shape3 shape_of(const std::array<std::int64_t, 3>& extents) {
  return {extents[0], extents[1], extents[2]};
}

Order with_first(std::size_t axis) {
  Order order{axis, 0, 0};
  std::size_t next = 1;
  for (std::size_t other = 0; other < 3; ++other) {
    if (other != axis) order[next++] = other;
  }
  return order;
}

Order inverse(const Order& order) {
  Order result{};
  for (std::size_t i = 0; i < 3; ++i) result[order[i]] = i;
  return result;
}

/// The index of a plane nearest to each position along an axis that gets another length.
std::vector<std::int64_t> nearest_planes(std::int64_t length, std::int64_t target) {
  std::vector<std::int64_t> planes;
  const double step = static_cast<double>(length) / static_cast<double>(target);
  for (std::int64_t i = 0; i < target; ++i) {
    const double position = step * (static_cast<double>(i) + 0.5) - 0.5;
    const auto nearest = static_cast<std::int64_t>(std::floor(position + 0.5));
    planes.push_back(std::clamp<std::int64_t>(nearest, 0, length - 1));
  }
  return planes;
}

/// Resizes the planes perpendicular to axis 0 with `resize(in, out)`.
template <class T, class Resize>
std::vector<T> resize_planes(std::span<const T> volume,
                             const Shape3& shape,
                             const Shape3& target,
                             const Resize& resize,
                             const BetweenSteps& between) {
  const auto plane = static_cast<std::size_t>(shape.slice_size());
  const auto resized_plane = static_cast<std::size_t>(target.slice_size());
  std::vector<T> resized(static_cast<std::size_t>(shape.depth) * resized_plane);
  for (std::size_t z = 0; z < static_cast<std::size_t>(shape.depth); ++z) {
    between();
    resize(volume.subspan(z * plane, plane),
           std::span<T>(resized).subspan(z * resized_plane, resized_plane));
  }
  if (target.depth == shape.depth) return resized;
  std::vector<T> result;
  result.reserve(static_cast<std::size_t>(target.size()));
  for (const std::int64_t z : nearest_planes(shape.depth, target.depth)) {
    const auto first = resized.begin() + z * target.slice_size();
    result.insert(result.end(), first, first + target.slice_size());
  }
  return result;
}

/// Resizes the planes perpendicular to `axis`, with the axes in between put in order and back.
/// `make_resize(from, to)` gives the function for planes of these shapes.
template <class T, class MakeResize>
std::vector<T> resample(std::span<const T> volume,
                        const Shape3& shape,
                        const Shape3& target,
                        std::size_t axis,
                        const MakeResize& make_resize,
                        const BetweenSteps& between) {
  const Order order = with_first(axis);
  const Shape3 from = transposed(shape, order);
  const Shape3 to = transposed(target, order);
  const auto resize = make_resize(Shape2{from.height, from.width}, Shape2{to.height, to.width});
  if (axis == 0) return resize_planes(volume, from, to, resize, between);
  const std::vector<T> planes = transposed(volume, shape, order);
  const std::vector<T> resized =
      resize_planes(std::span<const T>(planes), from, to, resize, between);
  return transposed(std::span<const T>(resized), to, inverse(order));
}

}  // namespace

std::optional<std::size_t> separate_axis(const Spacing3& first, const Spacing3& second) {
  for (const Spacing3& spacing : {first, second}) {
    const auto [finest, coarsest] = std::minmax_element(spacing.begin(), spacing.end());
    if (*coarsest / *finest <= kCoarseRatio) continue;
    if (std::count(spacing.begin(), spacing.end(), *coarsest) > 1) return std::nullopt;
    return static_cast<std::size_t>(coarsest - spacing.begin());
  }
  return std::nullopt;
}

Shape3 resampled_shape(const Shape3& shape, const Spacing3& spacing, const Spacing3& target) {
  const auto old = extents(shape);
  std::array<std::int64_t, 3> result{};
  for (std::size_t i = 0; i < 3; ++i) {
    result[i] = std::max<std::int64_t>(
        1, std::llrint(spacing[i] / target[i] * static_cast<double>(old[i])));
  }
  return shape_of(result);
}

std::vector<float> resample_image(std::span<const float> image,
                                  const Shape3& shape,
                                  const Shape3& target,
                                  std::optional<std::size_t> separate,
                                  geometry::Kernel kernel,
                                  const BetweenSteps& between) {
  const bool by_plane = separate.has_value();
  assert(by_plane || shape.depth == target.depth);
  const auto whole = geometry::value_range(image);
  const auto make_resize = [&](Shape2 from, Shape2 to) {
    const geometry::SliceResizer resizer(
        from, to, by_plane ? kernel : geometry::Kernel::cubic_bspline);
    return [=](std::span<const float> in, std::span<float> out) {
      resizer.resize(in, out, by_plane ? geometry::value_range(in) : whole);
    };
  };
  return resample<float>(image, shape, target, separate.value_or(0), make_resize, between);
}

Volume<Label> resample_labels(const Volume<Label>& labels,
                              const Shape3& target,
                              std::optional<std::size_t> separate,
                              const BetweenSteps& between) {
  const auto make_resize = [](Shape2 from, Shape2 to) {
    return [=](std::span<const Label> in, std::span<Label> out) {
      geometry::resize_labels(in, from, out, to);
    };
  };
  Volume<Label> result;
  result.shape = target;
  result.values = resample<Label>(
      labels.values, labels.shape, target, separate.value_or(0), make_resize, between);
  return result;
}

Shape3 transposed(const Shape3& shape, const std::array<std::size_t, 3>& order) {
  const auto old = extents(shape);
  return {old[order[0]], old[order[1]], old[order[2]]};
}

template <class T>
std::vector<T> transposed(std::span<const T> volume,
                          const Shape3& shape,
                          const std::array<std::size_t, 3>& order) {
  const std::array<std::int64_t, 3> strides{shape.slice_size(), shape.width, 1};
  const Shape3 target = transposed(shape, order);
  std::vector<T> result;
  result.reserve(volume.size());
  for (std::int64_t z = 0; z < target.depth; ++z) {
    for (std::int64_t y = 0; y < target.height; ++y) {
      const T* row = volume.data() + z * strides[order[0]] + y * strides[order[1]];
      for (std::int64_t x = 0; x < target.width; ++x) result.push_back(row[x * strides[order[2]]]);
    }
  }
  return result;
}

template std::vector<float> transposed(std::span<const float>,
                                       const Shape3&,
                                       const std::array<std::size_t, 3>&);
template std::vector<Label> transposed(std::span<const Label>,
                                       const Shape3&,
                                       const std::array<std::size_t, 3>&);

}  // namespace regionwise::preprocessing

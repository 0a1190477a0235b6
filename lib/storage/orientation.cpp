#include "storage/orientation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace regionwise::storage {
namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

/// Voxels that a block of a transposition has on a side: two blocks stay in the fastest cache.
constexpr std::int64_t kTile = 32;

std::array<std::int64_t, 3> sizes(const Shape3& shape) {
  return {shape.depth, shape.height, shape.width};
}

Shape3 shape_of(const std::array<std::int64_t, 3>& sizes) {
  return {sizes[0], sizes[1], sizes[2]};
}

double determinant(const Matrix3& a) {
  return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

Matrix3 inverse_transposed(const Matrix3& a, double det) {
  Matrix3 result;
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3, c2 = (c + 2) % 3;
      result[r][c] = (a[r1][c1] * a[r2][c2] - a[r1][c2] * a[r2][c1]) / det;
    }
  }
  return result;
}

/// The orthogonal matrix nearest to the affine's unit columns: the limit of Newton's iteration
/// R <- (R + R^-T) / 2 (Higham 1986). False where the affine has no inverse.
bool nearest_rotation(const ImageGeometry& geometry, Matrix3& rotation) {
  for (std::size_t c = 0; c < 3; ++c) {
    double squares = 0;
    for (const auto& row : geometry.world_from_voxel) squares += row[c] * row[c];
    if (squares == 0 || !std::isfinite(squares)) return false;
    for (std::size_t r = 0; r < 3; ++r)
      rotation[r][c] = geometry.world_from_voxel[r][c] / std::sqrt(squares);
  }
  // Each step halves what is far away and squares what is near: 100 reach any affine.
  for (int step = 0; step < 100; ++step) {
    const double det = determinant(rotation);
    if (det == 0 || !std::isfinite(det)) return false;
    const Matrix3 other = inverse_transposed(rotation, det);
    double change = 0;
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) {
        const double next = 0.5 * (rotation[r][c] + other[r][c]);
        change = std::max(change, std::abs(next - rotation[r][c]));
        rotation[r][c] = next;
      }
    }
    if (change < 1e-15) break;
  }
  return true;
}

/// Where the voxel of a canonical index lies in the stored array: `first` plus a step per axis.
struct Steps {
  std::int64_t first = 0;
  std::array<std::int64_t, 3> step{};
};

Steps stored_steps(const Shape3& stored_shape, const Orientation& orientation) {
  const auto size = sizes(stored_shape);
  const std::array<std::int64_t, 3> stride = {size[1] * size[2], size[2], 1};
  Steps steps;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto source = static_cast<std::size_t>(orientation.source_axis[a]);
    steps.step[a] = orientation.flipped[a] ? -stride[source] : stride[source];
    if (orientation.flipped[a]) steps.first += (size[source] - 1) * stride[source];
  }
  return steps;
}

/// Calls copy(canonical, stored) for the offsets of every voxel, in blocks that are small along the
/// fastest axes of both arrays.
template <class Copy>
void for_each_voxel(const Shape3& stored_shape, const Orientation& orientation, const Copy& copy) {
  const auto size = sizes(canonical_shape(stored_shape, orientation));
  const std::array<std::int64_t, 3> stride = {size[1] * size[2], size[2], 1};
  const Steps stored = stored_steps(stored_shape, orientation);
  // Rows run along x; columns along the axis that is the stored array's fastest, or along y.
  std::size_t column = 1;
  for (std::size_t a = 0; a < 2; ++a) {
    if (orientation.source_axis[a] == 2) column = a;
  }
  const bool transposed = orientation.source_axis[2] != 2;
  const std::size_t outer = 1 - column;
  const std::int64_t width = transposed ? kTile : size[2];
  for (std::int64_t o = 0; o < size[outer]; ++o) {
    for (std::int64_t first_c = 0; first_c < size[column]; first_c += kTile) {
      for (std::int64_t first_x = 0; first_x < size[2]; first_x += width) {
        const std::int64_t end_c = std::min(first_c + kTile, size[column]);
        const std::int64_t end_x = std::min(first_x + width, size[2]);
        for (std::int64_t c = first_c; c < end_c; ++c) {
          const std::int64_t to = o * stride[outer] + c * stride[column];
          const std::int64_t from = stored.first + o * stored.step[outer] + c * stored.step[column];
          for (std::int64_t x = first_x; x < end_x; ++x) copy(to + x, from + x * stored.step[2]);
        }
      }
    }
  }
}

/// Runs `reorder(source, target)` on every channel of `values`.
template <class T, class Reorder>
std::vector<T> reorder_channels(std::vector<T> values, std::size_t voxels, const Reorder& reorder) {
  assert(voxels > 0 && values.size() % voxels == 0);
  std::vector<T> channel(voxels);
  if (values.size() == voxels) {
    reorder(values.data(), channel.data());
    return channel;
  }
  for (std::size_t first = 0; first < values.size(); first += voxels) {
    reorder(values.data() + first, channel.data());
    std::copy(channel.begin(), channel.end(), values.data() + first);
  }
  return values;
}

}  // namespace

Orientation orientation_of(const ImageGeometry& stored) {
  Orientation orientation;
  Matrix3 rotation;
  if (!nearest_rotation(stored, rotation)) return orientation;
  std::array<bool, 3> taken{};
  // Voxel axes x, y, z choose a world axis in turn, so that ties end as in nibabel.
  for (std::size_t voxel_axis = 0; voxel_axis < 3; ++voxel_axis) {
    std::size_t best = 3;
    for (std::size_t world = 0; world < 3; ++world) {
      if (taken[world]) continue;
      if (best == 3 || std::abs(rotation[world][voxel_axis]) > std::abs(rotation[best][voxel_axis]))
        best = world;
    }
    taken[best] = true;
    orientation.source_axis[2 - best] = static_cast<int>(2 - voxel_axis);
    orientation.flipped[2 - best] = rotation[best][voxel_axis] < 0;
  }
  return orientation;
}

Shape3 canonical_shape(const Shape3& stored, const Orientation& orientation) {
  const auto size = sizes(stored);
  std::array<std::int64_t, 3> result{};
  for (std::size_t a = 0; a < 3; ++a)
    result[a] = size[static_cast<std::size_t>(orientation.source_axis[a])];
  return shape_of(result);
}

ImageGeometry canonical_geometry(const ImageGeometry& stored) {
  const Orientation orientation = orientation_of(stored);
  if (orientation.identity()) return stored;
  ImageGeometry result = stored;
  result.shape = canonical_shape(stored.shape, orientation);
  const auto size = sizes(stored.shape);
  for (std::size_t a = 0; a < 3; ++a) {
    const auto source = static_cast<std::size_t>(orientation.source_axis[a]);
    result.spacing_mm[a] = stored.spacing_mm[source];
    for (std::size_t row = 0; row < 3; ++row) {
      const double column = stored.world_from_voxel[row][2 - source];
      // Adding 0 turns -0 into 0.
      result.world_from_voxel[row][2 - a] = (orientation.flipped[a] ? -column : column) + 0.0;
      if (!orientation.flipped[a]) continue;
      result.world_from_voxel[row][3] += column * static_cast<double>(size[source] - 1);
    }
  }
  return result;
}

template <class T>
std::vector<T> to_canonical(std::vector<T> stored,
                            const Shape3& stored_shape,
                            const Orientation& orientation) {
  if (orientation.identity()) return stored;
  const auto voxels = static_cast<std::size_t>(stored_shape.size());
  return reorder_channels(std::move(stored), voxels, [&](const T* source, T* target) {
    for_each_voxel(
        stored_shape, orientation, [&](auto to, auto from) { target[to] = source[from]; });
  });
}

template <class T>
std::vector<T> to_stored(std::vector<T> canonical,
                         const Shape3& stored_shape,
                         const Orientation& orientation) {
  if (orientation.identity()) return canonical;
  const auto voxels = static_cast<std::size_t>(stored_shape.size());
  return reorder_channels(std::move(canonical), voxels, [&](const T* source, T* target) {
    for_each_voxel(
        stored_shape, orientation, [&](auto to, auto from) { target[from] = source[to]; });
  });
}

// The voxel types of the suite: intensities, labels and values of label files.
template std::vector<float> to_canonical(std::vector<float>, const Shape3&, const Orientation&);
template std::vector<float> to_stored(std::vector<float>, const Shape3&, const Orientation&);
template std::vector<Label> to_canonical(std::vector<Label>, const Shape3&, const Orientation&);
template std::vector<Label> to_stored(std::vector<Label>, const Shape3&, const Orientation&);
template std::vector<std::int32_t> to_canonical(std::vector<std::int32_t>,
                                                const Shape3&,
                                                const Orientation&);
template std::vector<std::int32_t> to_stored(std::vector<std::int32_t>,
                                             const Shape3&,
                                             const Orientation&);

}  // namespace regionwise::storage

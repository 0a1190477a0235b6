#pragma once

#include <array>
#include <vector>

#include "core/volume.hpp"
#include "storage/geometry.hpp"

namespace regionwise::storage {

/// How an array as stored in a file becomes canonical: z towards superior, y towards anterior, x
/// towards the patient's right (RAS+). Axes are in array order (z, y, x).
struct Orientation {
  std::array<int, 3> source_axis{0, 1, 2};           ///< Canonical axis a is this stored axis,
  std::array<bool, 3> flipped{false, false, false};  ///< read from its end where flipped.

  bool identity() const { return *this == Orientation{}; }
  bool operator==(const Orientation&) const = default;
};

/// The closest axis-aligned orientation, as nibabel's io_orientation finds it: from the rotation
/// nearest to the affine, so that oblique and sheared affines serve too. The identity where the
/// affine has no inverse (a geometry without a file).
Orientation orientation_of(const ImageGeometry& stored);

/// Shape, spacing and affine of the canonical grid: the same voxels at the same places in mm.
/// `nifti_header` stays the source's. A stored grid that is canonical comes back unchanged.
ImageGeometry canonical_geometry(const ImageGeometry& stored);

Shape3 canonical_shape(const Shape3& stored, const Orientation& orientation);

/// Takes channels [C, z, y, x] in one after the other, of the stored shape, to canonical order.
/// Moves them where nothing changes; else one channel more is held.
template <class T>
std::vector<T> to_canonical(std::vector<T> stored,
                            const Shape3& stored_shape,
                            const Orientation& orientation);

/// The exact inverse; `stored_shape` is the result's.
template <class T>
std::vector<T> to_stored(std::vector<T> canonical,
                         const Shape3& stored_shape,
                         const Orientation& orientation);

template <class T>
Volume<T> to_canonical(Volume<T> stored, const Orientation& orientation) {
  Volume<T> result;
  result.shape = canonical_shape(stored.shape, orientation);
  result.values = to_canonical(std::move(stored.values), stored.shape, orientation);
  return result;
}

template <class T>
Volume<T> to_stored(Volume<T> canonical,
                    const Shape3& stored_shape,
                    const Orientation& orientation) {
  Volume<T> result;
  result.shape = stored_shape;
  result.values = to_stored(std::move(canonical.values), stored_shape, orientation);
  return result;
}

}  // namespace regionwise::storage

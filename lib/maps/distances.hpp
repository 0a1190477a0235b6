#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "geometry/label_distance.hpp"
#include "maps/map.hpp"

namespace regionwise::maps {

/// One image of a batch, within which distances are measured: a slice, or a volume in three
/// dimensions.
template <class T>
struct MeasuredImage {
  Shape3 shape;          ///< Depth 1 where it is a slice.
  std::int64_t classes;  ///< K
  T* map;                ///< Its part of class 0's channel of the map, to be filled.
  std::int64_t channel_step;

  std::int64_t rows() const { return shape.depth * shape.height; }
  T* channel(std::int64_t k) const { return map + k * channel_step; }
};

/// Calls body(image, distance) for every image of the batch, in order, `distance` a
/// geometry::LabelDistance that has loaded it, in the unit that the settings say.
template <class T, class Body>
void for_each_measured_image(const LabelBatch& batch,
                             const MapSettings& settings,
                             const MapView<T>& map,
                             const Body& body) {
  Shape3 shape = batch.shape;
  if (!settings.three_dimensional) shape.depth = 1;
  const std::int64_t images = batch.shape.depth / shape.depth;
  const auto visit = [&](auto distance) {
    for (std::int64_t index = 0; index < batch.samples * images; ++index) {
      const std::int64_t start = index % images * shape.size();
      distance.load({batch.labels.subspan(index * shape.size(), shape.size()), shape});
      body(
          MeasuredImage<T>{
              shape, batch.classes, map.channel(index / images, 0) + start, map.channel_step},
          distance);
    }
  };
  if (settings.millimetres) {
    visit(geometry::LabelDistance<double>(batch.spacing_mm));
  } else if (geometry::LabelDistance<std::int32_t>::fits(shape)) {
    visit(geometry::LabelDistance<std::int32_t>());
  } else {
    visit(geometry::LabelDistance<double>());
  }
}

/// The factors of the classes, one each.
std::vector<double> weights_or_ones(const MapSettings& settings, int classes);

/// For a class that fills the image, by the published code's rule: the distance to a phantom pixel
/// at (-1, 0), or (-1, 0, 0), which is what SciPy's transform gives for a mask without background.
std::vector<double> distances_to_phantom(const Shape3& shape,
                                         const LabelBatch& batch,
                                         const MapSettings& settings);

/// The map of signed distances times `weights`, one per class, rounded to T (float or double):
/// positive outside each class, negative inside; what Eq. 3 of the paper defines. Absent and full
/// classes as boundary.cpp says; by the reference's rule for absent ones the weights must be 1.
template <class T>
void signed_distances(const LabelBatch& batch,
                      const MapSettings& settings,
                      const std::vector<double>& weights,
                      const MapView<T>& map);

/// The same without weights for a `map` [samples, K, depth, height, width].
void signed_distances(const LabelBatch& batch, const MapSettings& settings, std::span<double> map);

/// Of a map that lies in one piece.
template <class T>
MapView<T> whole_map(const LabelBatch& batch, std::span<T> map) {
  return {map.data(), batch.classes * batch.shape.size(), batch.shape.size()};
}

}  // namespace regionwise::maps

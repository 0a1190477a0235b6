#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/volume.hpp"
#include "geometry/box.hpp"
#include "maps/map.hpp"

namespace regionwise::maps {

/// One class of one image while a map is computed. An image is what distances are measured within:
/// a slice, or in three dimensions a volume.
struct Channel {
  std::span<const Label> labels;  ///< Of the image.
  Shape3 shape;                   ///< Depth 1 where the image is a slice.
  Label label;                    ///< The class.
  std::int64_t pixels;            ///< How many pixels of the image have it …
  geometry::Box box;              ///< … and the smallest box that holds them.
  std::span<double> map;          ///< This class's channel of the map, to be filled.

  bool absent() const { return pixels == 0; }
  bool full() const { return pixels == shape.size(); }
};

/// Calls `body` for every class of every image of the batch: samples, then slices, then classes.
void for_each_channel(const LabelBatch& batch,
                      const MapSettings& settings,
                      std::span<double> map,
                      const std::function<void(const Channel&)>& body);

/// Measures distances between pixel centres, in pixels or mm; keeps its memory between channels.
class DistanceMeter {
 public:
  DistanceMeter(const LabelBatch& batch, const MapSettings& settings)
      : spacing_mm_(batch.spacing_mm), millimetres_(settings.millimetres) {}

  /// Into `out`: from every pixel to the nearest one of the channel's class, which must not be
  /// absent; 0 on the class.
  void outside(const Channel& channel, std::span<double> out);

  /// Into `out`, where the pixel has the channel's class: `sign` times the distance to the nearest
  /// pixel that has not; other elements stay as they are. The image's border is no boundary. A
  /// class that fills the image is measured to a phantom pixel at (-1, 0), or (-1, 0, 0): what
  /// SciPy's transform, and with it the reference, does there.
  void inside(const Channel& channel, double sign, std::span<double> out);

 private:
  /// Into `out`: from every pixel to the nearest set pixel of mask_.
  void measure(const Shape3& shape, std::span<double> out);
  void inside_full_image(const Shape3& shape, double sign, std::span<double> out) const;

  Spacing3 spacing_mm_;
  bool millimetres_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::int64_t> squared_;
  std::vector<double> distances_;
};

/// Fills `map` with signed distances: positive outside each class, negative inside; what Eq. 3 of
/// the paper defines. Absent and full classes as boundary.cpp says.
void signed_distances(const LabelBatch& batch, const MapSettings& settings, std::span<double> map);

}  // namespace regionwise::maps

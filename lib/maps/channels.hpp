#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/volume.hpp"
#include "maps/map.hpp"

namespace regionwise::maps {

/// One class of one image while a map is computed. An image is what distances are measured within:
/// a slice, or in three dimensions a volume.
struct Channel {
  std::span<const Label> labels;  ///< Of the image.
  Shape3 shape;                   ///< Depth 1 where the image is a slice.
  Label label;                    ///< The class.
  std::span<double> map;          ///< This class's channel of the map, to be filled.
};

/// Calls `body` for every class of every image of the batch: samples, then slices, then classes.
void for_each_channel(const LabelBatch& batch,
                      const MapSettings& settings,
                      std::span<double> map,
                      const std::function<void(const Channel&)>& body);

}  // namespace regionwise::maps

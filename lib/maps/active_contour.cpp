#include <algorithm>

#include "maps/channels.hpp"

namespace regionwise::maps {
namespace {

class ActiveContourMap : public RegionMap {
 public:
  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    for_each_channel(batch, settings, map, [](const Channel& channel) {
      std::transform(
          channel.labels.begin(), channel.labels.end(), channel.map.begin(), [&](Label label) {
            return label == channel.label ? 0.0 : 1.0;
          });
    });
  }
};

}  // namespace

MapEntry map_active_contour() {
  return {
      .name = "active-contour",
      .citation =
          "Chen et al., Learning Active Contour Models for Medical Image Segmentation, CVPR 2019; "
          "as a map: Valverde and Tohka 2023, Sec. 3.2",
      .formula = "Z = 1 - Y",
      .options = {},
      .safe_signs = true,
      .make = [](const Json&) { return std::make_unique<ActiveContourMap>(); }};
}

}  // namespace regionwise::maps

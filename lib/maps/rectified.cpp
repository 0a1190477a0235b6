#include <algorithm>

#include "maps/channels.hpp"

namespace regionwise::maps {
namespace {

// Absent class: +1, under both rules. Class that fills the image. Standard: -1, the limit of a
// boundary far away. Reference: a ramp, the distance to the pixel (-1, 0), or (-1, 0, 0), over its
// maximum (what SciPy's transform returns for a mask without background).
class RectifiedMap : public RegionMap {
 public:
  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    DistanceMeter meter(batch, settings);
    for_each_channel(batch, settings, map, [&](const Channel& channel) {
      if (channel.full() && settings.full_class == EdgeRule::standard) {
        std::fill(channel.map.begin(), channel.map.end(), -1.0);
        return;
      }
      std::fill(channel.map.begin(), channel.map.end(), 0.0);
      meter.inside(channel, 1, channel.map);
      rectify(channel.map);
    });
  }

 private:
  /// From distances inside the class, 0 outside it, to the map.
  static void rectify(std::span<double> channel) {
    const double deepest = *std::max_element(channel.begin(), channel.end());
    for (double& z : channel) z = z > 0 ? -z / deepest : 1;
  }
};

}  // namespace

MapEntry map_rectified() {
  return {
      .name = "rectified",
      .citation =
          "Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, Pattern "
          "Recognition 2023, Eq. 4",
      .formula = "Z = -d / max d inside the class (d to the nearest pixel outside it), 1 outside",
      .options = {},
      .safe_signs = true,
      .make = [](const Json&) { return std::make_unique<RectifiedMap>(); }};
}

}  // namespace regionwise::maps

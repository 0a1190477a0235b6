#include "core/error.hpp"
#include "maps/channels.hpp"
#include "maps/distances.hpp"

namespace regionwise::maps {
namespace {

// Absent class. Standard: 0. Reference: the outside distances of the last class that was not
// absent, whether of this image or of the one before it in the batch (the published code leaves
// the variables of its loop as they were); if there is none it fails, and so do we.
// Class that fills the image. Standard: 0. Reference: minus the distance to the pixel (-1, 0), or
// (-1, 0, 0) (what SciPy's transform returns for a mask without background).
// inside-offset 1: Kervadec et al.'s code measures inside from the last pixel within, not from the
// first one without, so that the class's border is 0. Eq. 3 does not.
class BoundaryMap : public RegionMap {
 public:
  explicit BoundaryMap(std::int64_t inside_offset) : offset_(static_cast<double>(inside_offset)) {
    if (inside_offset != 0 && inside_offset != 1) {
      throw UsageError("boundary: inside-offset must be 0 or 1");
    }
  }

  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    signed_distances(batch, settings, map);
    if (offset_ != 0) add_offset(batch, settings, map);
  }

  bool compute_weighted(const LabelBatch& batch,
                        const MapSettings& settings,
                        const MapView<float>& map) const override {
    if (offset_ != 0 || settings.empty_class == EdgeRule::reference) return false;
    signed_distances(batch, settings, weights_or_ones(settings, batch.classes), map);
    return true;
  }

 private:
  /// To every value inside, but those that the standard rule makes 0.
  void add_offset(const LabelBatch& batch,
                  const MapSettings& settings,
                  std::span<double> map) const {
    for_each_channel(batch, settings, map, [&](const Channel& channel) {
      for (std::size_t i = 0; i < channel.labels.size(); ++i) {
        double& z = channel.map[i];
        if (channel.labels[i] == channel.label && z < 0) z += offset_;
      }
    });
  }

  double offset_;
};

}  // namespace

MapEntry map_boundary() {
  return {
      .name = "boundary",
      .citation =
          "Kervadec et al., Boundary loss for highly unbalanced segmentation, Medical Image "
          "Analysis 2021; as a map: Valverde and Tohka 2023, Eq. 3",
      .formula =
          "Z = -d(pixel, nearest outside the class) inside, d(pixel, nearest of the class) outside",
      .options = {{"inside-offset",
                   0,
                   "Subtracted from distances inside, in their unit: 0 (Eq. 3) or 1 (Kervadec et "
                   "al.'s code: the class's border is 0)"}},
      .safe_signs = false,
      .make = [](const Json& options) {
        return std::make_unique<BoundaryMap>(options.at("inside-offset").get<std::int64_t>());
      }};
}

}  // namespace regionwise::maps

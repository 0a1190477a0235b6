#include "maps/distances.hpp"

namespace regionwise::maps {
namespace {

// Absent class. Standard: 0. Reference: the outside distances of the last class that was not
// absent, whether of this image or of the one before it in the batch (the published code leaves
// the variables of its loop as they were); if there is none it fails, and so do we.
// Class that fills the image. Standard: 0. Reference: minus the distance to the pixel (-1, 0), or
// (-1, 0, 0) (what SciPy's transform returns for a mask without background).
class BoundaryMap : public RegionMap {
 public:
  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    signed_distances(batch, settings, map);
  }

  bool compute_weighted(const LabelBatch& batch,
                        const MapSettings& settings,
                        const MapView<float>& map) const override {
    if (settings.empty_class == EdgeRule::reference) return false;
    signed_distances(batch, settings, weights_or_ones(settings, batch.classes), map);
    return true;
  }
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
      .options = {},
      .safe_signs = false,
      .make = [](const Json&) { return std::make_unique<BoundaryMap>(); }};
}

}  // namespace regionwise::maps

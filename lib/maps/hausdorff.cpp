#include <cmath>

#include "core/error.hpp"
#include "maps/distances.hpp"

namespace regionwise::maps {
namespace {

// The ground truth's distances of Karimi and Salcudean, Eq. 8, with the boundary map's sign. Absent
// and full classes as in boundary.cpp.
class HausdorffMap : public RegionMap {
 public:
  explicit HausdorffMap(double alpha) : alpha_(alpha) {
    if (alpha <= 0) throw UsageError("hausdorff: alpha must be positive");
  }

  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    signed_distances(batch, settings, map);
    // Squaring, the default, is exact where pow need not be.
    for (double& z : map) {
      z = alpha_ == 2 ? z * std::abs(z) : std::copysign(std::pow(std::abs(z), alpha_), z);
    }
  }

 private:
  double alpha_;
};

}  // namespace

MapEntry map_hausdorff() {
  return {.name = "hausdorff",
          .citation =
              "Karimi and Salcudean, Reducing the Hausdorff Distance in Medical Image Segmentation "
              "with Convolutional Neural Networks, IEEE TMI 2020; as a map: Valverde and Tohka "
              "2023, Sec. 3.2",
          .formula = "Z = sign(B) |B|^alpha, B the boundary map",
          .options = {{"alpha", 2.0, "Power of the distances, > 0"}},
          .safe_signs = false,
          .make = [](const Json& options) {
            return std::make_unique<HausdorffMap>(options.at("alpha").get<double>());
          }};
}

}  // namespace regionwise::maps

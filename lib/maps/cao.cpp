#include <algorithm>

#include "core/error.hpp"
#include "maps/channels.hpp"

namespace regionwise::maps {
namespace {

class CaoMap : public RegionMap {
 public:
  CaoMap(double alpha, double beta) : alpha_(alpha), beta_(beta) {
    if (alpha < 0 || beta < 0) throw UsageError("cao: alpha and beta must not be negative");
  }

  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    for_each_channel(batch, settings, map, [this](const Channel& channel) {
      std::transform(
          channel.labels.begin(), channel.labels.end(), channel.map.begin(), [&](Label label) {
            return label == channel.label ? -beta_ : alpha_;
          });
    });
  }

 private:
  double alpha_;
  double beta_;
};

}  // namespace

MapEntry map_cao() {
  return {.name = "cao",
          .citation =
              "Cao et al., Boundary Loss with Non-Euclidean Distance Constraint for ABUS Mass "
              "Segmentation, CISP-BMEI 2020; as a map: Valverde and Tohka 2023, Sec. 3.2",
          .formula = "Z = -beta inside the class, alpha outside",
          .options = {{"alpha", 1.0, "Value outside the class, >= 0"},
                      {"beta", 1.0, "Minus the value inside the class, >= 0"}},
          .safe_signs = true,
          .make = [](const Json& options) {
            return std::make_unique<CaoMap>(options.at("alpha").get<double>(),
                                            options.at("beta").get<double>());
          }};
}

}  // namespace regionwise::maps

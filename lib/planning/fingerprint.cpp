#include "planning/fingerprint.hpp"

#include <utility>

namespace regionwise::planning {

Json to_json(const Fingerprint& fingerprint) {
  Json shapes = Json::array();
  for (const Shape3& s : fingerprint.shapes) shapes.push_back({s.depth, s.height, s.width});
  return {{"shapes", std::move(shapes)},
          {"spacings_mm", fingerprint.spacings_mm},
          {"size_reductions", fingerprint.size_reductions},
          {"modalities", fingerprint.modalities},
          {"foreground_classes", fingerprint.foreground_classes},
          {"intensities", to_json(fingerprint.intensities)}};
}

}  // namespace regionwise::planning

#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {

TensorMapEntry tensor_map_active_contour() {
  return {.name = "active-contour", .compute = [](const LabelImages& images, const Json&) {
            return images.own.logical_not().to(torch::kFloat64);
          }};
}

}  // namespace regionwise::tensor_maps

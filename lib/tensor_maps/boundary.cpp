#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {

TensorMapEntry tensor_map_boundary() {
  return {.name = "boundary", .compute = [](const LabelImages& images, const Json&) {
            return signed_distances(images);
          }};
}

}  // namespace regionwise::tensor_maps

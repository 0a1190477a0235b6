#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {

TensorMapEntry tensor_map_hausdorff() {
  return {.name = "hausdorff", .compute = [](const LabelImages& images, const Json& options) {
            const double alpha = options.at("alpha").get<double>();
            const torch::Tensor z = signed_distances(images);
            return alpha == 2 ? z * z.abs() : torch::copysign(z.abs().pow(alpha), z);
          }};
}

}  // namespace regionwise::tensor_maps

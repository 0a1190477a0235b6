#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {

TensorMapEntry tensor_map_boundary() {
  return {.name = "boundary", .compute = [](const LabelImages& images, const Json& options) {
            const torch::Tensor z = signed_distances(images);
            // A description leaves it out at its default.
            const auto offset = options.value("inside-offset", std::int64_t{0});
            return offset == 0 ? z : torch::where(z < 0, z + static_cast<double>(offset), z);
          }};
}

}  // namespace regionwise::tensor_maps

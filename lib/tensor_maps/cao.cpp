#include "tensor_maps/tensor_map.hpp"

namespace regionwise::tensor_maps {

TensorMapEntry tensor_map_cao() {
  return {.name = "cao", .compute = [](const LabelImages& images, const Json& options) {
            const double alpha = options.at("alpha").get<double>();
            const double beta = options.at("beta").get<double>();
            return torch::full(
                       images.own.sizes(), alpha, images.own.options().dtype(torch::kFloat64))
                .masked_fill_(images.own, -beta);
          }};
}

}  // namespace regionwise::tensor_maps

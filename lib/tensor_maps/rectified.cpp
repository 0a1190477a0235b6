#include "tensor_maps/tensor_map.hpp"
#include "tensor_maps/transform.hpp"

namespace regionwise::tensor_maps {
namespace {

using torch::Tensor;

Tensor rectified(const LabelImages& images, const Json&) {
  Tensor squared = squared_to_another(images.labels);
  squared = squared.masked_fill(squared == kNone, 1);  // a full class is -1, the limit
  const Tensor distance = squared.to(torch::kFloat64).sqrt().unsqueeze(1);
  const Tensor deepest = (images.own * distance).amax({2, 3}, /*keepdim=*/true);
  return torch::where(images.own, -distance / deepest, torch::ones({}, distance.options()));
}

}  // namespace

TensorMapEntry tensor_map_rectified() {
  return {.name = "rectified", .compute = rectified};
}

}  // namespace regionwise::tensor_maps

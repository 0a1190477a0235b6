#include "tensor_maps/tensor_map.hpp"

#include <torch/utils.h>

#include <algorithm>

#include "tensor_maps/transform.hpp"
#include "tensor_maps_index.inc"

namespace regionwise::tensor_maps {
namespace {

using torch::Tensor;

const TensorMapEntry* find(const std::string& name) {
  const auto& entries = all_tensor_maps();
  const auto found =
      std::ranges::find_if(entries, [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

Tensor is_own(const Tensor& labels, std::int64_t classes) {
  const Tensor all = torch::arange(classes, labels.options()).view({1, classes, 1, 1});
  return labels.unsqueeze(1) == all;
}

}  // namespace

const std::vector<TensorMapEntry>& all_tensor_maps() {
  static const std::vector<TensorMapEntry> entries = indexed_entries();
  return entries;
}

bool available(const maps::MapSpecification& specification) {
  const maps::MapSettings& settings = specification.settings();
  return find(specification.entry().name) != nullptr && !settings.three_dimensional &&
         !settings.millimetres && settings.empty_class == maps::EdgeRule::standard &&
         settings.full_class == maps::EdgeRule::standard;
}

Tensor compute(const maps::MapSpecification& specification,
               const Tensor& labels,
               std::int64_t classes,
               torch::ScalarType type) {
  TORCH_CHECK(available(specification), "a map without a tensor form");
  specification.check_classes(static_cast<int>(classes));
  const torch::NoGradGuard no_grad;
  LabelImages images;
  images.labels = labels.reshape({-1, labels.size(-2), labels.size(-1)});
  images.own = is_own(images.labels, classes);
  const TensorMapEntry& entry = *find(specification.entry().name);
  Tensor map = entry.compute(images, specification.resolved());
  std::int64_t k = 0;  // scalars, since copies from the host's memory would wait for the device
  for (const double weight : specification.settings().class_weights) map.select(1, k++) *= weight;
  map = map.to(type);
  if (labels.dim() == 3) return map;
  const std::int64_t depth = labels.size(1);
  return map.view({-1, depth, classes, labels.size(2), labels.size(3)})
      .transpose(1, 2)
      .contiguous();
}

Tensor signed_distances(const LabelImages& images) {
  // Two labels a class, own and not own: one transform gives the distances of both sides.
  const Tensor squared = squared_to_another(images.own.flatten(0, 1)).view(images.own.sizes());
  const Tensor distance = squared.masked_fill(squared == kNone, 0).to(torch::kFloat64).sqrt();
  return torch::where(images.own, -distance, distance);
}

}  // namespace regionwise::tensor_maps

#include "losses/map_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <span>
#include <type_traits>

#include "core/error.hpp"
#include "tensor_maps/tensor_map.hpp"

namespace regionwise::losses {
namespace {

/// Labels of one spacing, [N, *S] int8 on the CPU, to their map [N, K, *S].
template <class T>
torch::Tensor compute_as(const maps::MapSpecification& specification,
                         const torch::Tensor& labels,
                         std::int64_t classes,
                         const Spacing3& spacing_mm) {
  maps::LabelBatch batch;
  batch.labels = {labels.data_ptr<std::int8_t>(), static_cast<std::size_t>(labels.numel())};
  batch.samples = labels.size(0);
  batch.shape = {labels.dim() == 4 ? labels.size(1) : 1, labels.size(-2), labels.size(-1)};
  batch.classes = static_cast<int>(classes);
  batch.spacing_mm = spacing_mm;
  std::vector<std::int64_t> sizes = labels.sizes().vec();
  sizes.insert(sizes.begin() + 1, classes);
  constexpr auto kType = std::is_same_v<T, double> ? torch::kFloat64 : torch::kFloat32;
  torch::Tensor map = torch::empty(sizes, kType);
  specification.compute<T>(batch,
                           torch::get_num_threads(),
                           std::span(map.data_ptr<T>(), static_cast<std::size_t>(map.numel())));
  return map;
}

bool all_equal(const std::vector<Spacing3>& spacings_mm) {
  return std::adjacent_find(spacings_mm.begin(), spacings_mm.end(), std::not_equal_to<>()) ==
         spacings_mm.end();
}

}  // namespace

torch::Tensor compute_map(const maps::MapSpecification& specification,
                          const torch::Tensor& labels,
                          const torch::Tensor& like_logits,
                          const std::vector<Spacing3>& spacings_mm) {
  check_labels(labels, like_logits);
  if (!spacings_mm.empty() && std::ssize(spacings_mm) != labels.size(0)) {
    throw DataError(
        fmt::format("spacings: expected {}, found {}", labels.size(0), spacings_mm.size()));
  }
  if (labels.is_cuda() && tensor_maps::available(specification)) {
    return tensor_maps::compute(
        specification, labels, like_logits.size(1), like_logits.scalar_type());
  }
  const torch::Tensor on_cpu = labels.to(torch::kCPU, torch::kInt8).contiguous();
  const auto compute = [&](const torch::Tensor& part, const Spacing3& spacing_mm) {
    return like_logits.scalar_type() == torch::kFloat64
               ? compute_as<double>(specification, part, like_logits.size(1), spacing_mm)
               : compute_as<float>(specification, part, like_logits.size(1), spacing_mm);
  };
  // In one piece where possible: the reference's rule for absent classes looks at earlier samples.
  if (!specification.settings().millimetres || all_equal(spacings_mm)) {
    const Spacing3 shared = spacings_mm.empty() ? Spacing3{1, 1, 1} : spacings_mm.front();
    return compute(on_cpu, shared).to(like_logits.device());
  }
  std::vector<torch::Tensor> maps;
  for (std::int64_t n = 0; n < on_cpu.size(0); ++n) {
    maps.push_back(compute(on_cpu.narrow(0, n, 1), spacings_mm[static_cast<std::size_t>(n)]));
  }
  return torch::cat(maps).to(like_logits.device());
}

MapSource::MapSource(const Json& description, const std::string& where) {
  JsonReader reader(description, where);
  if (reader.get<std::string>("name") == "file") {
    reader.finish();
    resolved_ = description;
  } else {
    specification_.emplace(description, where);
    resolved_ = specification_->resolved();
  }
}

bool MapSource::stays_on_device() const {
  return !specification_ || tensor_maps::available(*specification_);
}

torch::Tensor MapSource::map_of(const LossInput& input) const {
  // A configuration that names a map gets that map, whatever the batch carries.
  if (specification_) {
    return compute_map(*specification_, input.labels, input.logits, input.spacings_mm);
  }
  if (!input.map.defined()) {
    throw DataError(
        "map: the loss takes its map from a file, but the batch has none (give a maps file)");
  }
  if (input.map.sizes() != input.logits.sizes()) {
    throw DataError(fmt::format(
        "map: expected {}, found {}", input.logits.sizes().vec(), input.map.sizes().vec()));
  }
  return input.map.to(input.logits.device(), input.logits.scalar_type());
}

OptionDoc map_option() {
  return {"map",
          {{"name", "rectified"}},
          "the region-wise map, computed from the labels; {\"name\": \"file\"}: precomputed only"};
}

}  // namespace regionwise::losses

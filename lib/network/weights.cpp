#include "network/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/utils.h>

#include <cstring>
#include <map>

#include "core/error.hpp"

namespace regionwise::network {
namespace {

torch::ScalarType scalar_type(const std::string& element_type, const std::string& name) {
  if (element_type == "float32") return torch::kFloat32;
  if (element_type == "float64") return torch::kFloat64;
  if (element_type == "int64") return torch::kInt64;
  throw DataError(fmt::format("{}: unexpected element type {}", name, element_type));
}

std::string element_type(torch::ScalarType type) {
  if (type == torch::kFloat32) return "float32";
  if (type == torch::kFloat64) return "float64";
  TORCH_CHECK(type == torch::kInt64, "only float32, float64 and int64 tensors are stored");
  return "int64";
}

}  // namespace

storage::NamedArray to_array(const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor dense = tensor.detach().to(torch::kCPU).contiguous();
  storage::NamedArray array{name, element_type(dense.scalar_type()), dense.sizes().vec(), {}};
  array.bytes.resize(dense.nbytes());
  if (!array.bytes.empty()) std::memcpy(array.bytes.data(), dense.data_ptr(), dense.nbytes());
  return array;
}

torch::Tensor to_tensor(const storage::NamedArray& array) {
  torch::Tensor tensor = torch::empty(array.extents, scalar_type(array.element_type, array.name));
  if (tensor.nbytes() != array.bytes.size()) {
    throw DataError(array.name + ": data and shape do not fit");
  }
  if (!array.bytes.empty()) std::memcpy(tensor.data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

std::vector<storage::NamedArray> weights_of(const UNet& net) {
  std::vector<storage::NamedArray> weights;
  for (const auto& parameter : net->named_parameters()) {
    weights.push_back(to_array(parameter.key(), parameter.value()));
  }
  return weights;
}

void load_weights(UNet& net,
                  const std::vector<storage::NamedArray>& weights,
                  const std::string& where) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, const storage::NamedArray*> by_name;
  for (const auto& array : weights) by_name[array.name] = &array;
  for (auto& parameter : net->named_parameters()) {
    const auto found = by_name.find(parameter.key());
    if (found == by_name.end()) {
      throw DataError(fmt::format("{}/{}: missing", where, parameter.key()));
    }
    const torch::Tensor tensor = to_tensor(*found->second);
    if (tensor.sizes() != parameter.value().sizes()) {
      throw DataError(fmt::format("{}/{}: expected [{}], found [{}]",
                                  where,
                                  parameter.key(),
                                  fmt::join(parameter.value().sizes().vec(), ","),
                                  fmt::join(tensor.sizes().vec(), ",")));
    }
    parameter.value().copy_(tensor);
    by_name.erase(found);
  }
  if (!by_name.empty()) {
    throw DataError(
        fmt::format("{}/{}: not a parameter of this network", where, by_name.begin()->first));
  }
}

}  // namespace regionwise::network

#include "tensor_maps/transform.hpp"

#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "core/error.hpp"
#include "tensor_maps/scan.hpp"

#ifdef REGIONWISE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>

#include "tensor_maps/transform_kernels.hpp"
#endif

namespace regionwise::tensor_maps {
namespace {

using torch::Tensor;

void check(const Tensor& labels) {
  TORCH_CHECK(labels.dim() == 3 && labels.numel() > 0, "labels are [N, H, W]");
  if (std::max(labels.size(1), labels.size(2)) <= kLongestSide) return;
  throw DataError(fmt::format("labels: images of {} by {} pixels; at most {} a side",
                              labels.size(1),
                              labels.size(2),
                              kLongestSide));
}

/// What scan_column gives for every column, int32 [N, H, W].
Tensor scan_columns(const Tensor& labels) {
  const std::int64_t height = labels.size(1);
  const auto options = labels.options().dtype(torch::kInt32);
  const Tensor y = torch::arange(height, options).view({1, height, 1});
  if (height == 1) return torch::full(labels.sizes(), kFar, options);
  const Tensor changes = labels.narrow(1, 1, height - 1) != labels.narrow(1, 0, height - 1);
  const Tensor next = y.narrow(1, 1, height - 1);
  const Tensor edge = torch::full({labels.size(0), 1, labels.size(2)}, kFar, options);
  // Where the run of equal labels that a pixel is in begins, and where the one after it does.
  const Tensor begins = torch::cat({-edge, torch::where(changes, next, -kFar)}, 1);
  const Tensor ends = torch::cat({torch::where(changes, next, 2 * kFar), 2 * edge}, 1);
  const Tensor above = y + 1 - std::get<0>(begins.to(torch::kInt32).cummax(1));
  const Tensor below = std::get<0>(ends.to(torch::kInt32).flip(1).cummin(1)).flip(1) - y;
  return torch::minimum(above, below).clamp_max(kFar);
}

/// What search_row gives for some rows, [R, W], from all pairs of their pixels.
Tensor search_rows(const Tensor& labels, const Tensor& squared_columns, const Tensor& squared_x) {
  const Tensor equal = labels.unsqueeze(2) == labels.unsqueeze(1);
  return (equal * squared_columns.unsqueeze(1) + squared_x).amin(2);
}

#ifdef REGIONWISE_CUDA
/// Whether the kernels can run on the current device; CUDA is asked once.
bool has_kernels(const c10::cuda::CUDAGuard& current) {
  enum { kNotAsked, kThere, kMissing };
  static std::array<std::atomic<int>, 64> known{};
  auto& answer = known.at(static_cast<std::size_t>(current.current_device().index()));
  if (answer == kNotAsked) answer = transform_kernels_error() == 0 ? kThere : kMissing;
  return answer == kThere;
}
#endif

}  // namespace

Tensor squared_to_another_by_operators(const Tensor& labels) {
  check(labels);
  const torch::NoGradGuard no_grad;
  const std::int64_t width = labels.size(2);
  const Tensor rows = labels.reshape({-1, width});
  const Tensor columns = scan_columns(labels).square().view({-1, width});
  const Tensor x = torch::arange(width, columns.options());
  const Tensor squared_x = (x.unsqueeze(1) - x.unsqueeze(0)).square();
  // All pairs of some rows at a time: 16 million, so 64 MiB.
  const std::int64_t step = std::max<std::int64_t>(1, (1 << 24) / (width * width));
  std::vector<Tensor> parts;
  for (std::int64_t row = 0; row < rows.size(0); row += step) {
    const std::int64_t count = std::min(step, rows.size(0) - row);
    parts.push_back(
        search_rows(rows.narrow(0, row, count), columns.narrow(0, row, count), squared_x));
  }
  const Tensor squared = torch::cat(parts).view(labels.sizes());
  return squared.masked_fill(squared >= kFar * kFar, kNone);
}

Tensor squared_to_another(const Tensor& labels) {
#ifdef REGIONWISE_CUDA
  if (labels.is_cuda()) {
    check(labels);
    const c10::cuda::CUDAGuard guard(labels.device());
    if (!has_kernels(guard)) return squared_to_another_by_operators(labels);
    const Tensor bytes = labels.to(torch::kInt8).contiguous();
    const Tensor scratch = torch::empty(labels.sizes(), labels.options().dtype(torch::kInt32));
    Tensor squared = torch::empty_like(scratch);
    const TransformBuffers buffers{bytes.data_ptr<std::int8_t>(),
                                   scratch.data_ptr<std::int32_t>(),
                                   squared.data_ptr<std::int32_t>(),
                                   labels.size(0),
                                   static_cast<std::int32_t>(labels.size(1)),
                                   static_cast<std::int32_t>(labels.size(2))};
    const int error = start_transform(buffers, at::cuda::getCurrentCUDAStream());
    TORCH_CHECK(error == 0, "the distance transform failed: CUDA error ", error);
    return squared.masked_fill_(squared >= kFar * kFar, kNone);
  }
#endif
  return squared_to_another_by_operators(labels);
}

}  // namespace regionwise::tensor_maps

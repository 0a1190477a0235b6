#include "planning/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

constexpr std::int64_t kMinimumEdge = 4;         // of a feature map
constexpr double kReferenceMemory = 19'739'648;  // estimate at which kReferenceBatch samples fit
constexpr double kReferenceBatch = 50;
constexpr std::int64_t kMinimumBatch = 2;
constexpr double kLargestShareOfVoxels = 0.05;  // of all voxels in one batch
constexpr std::int64_t kPlanningFeatures = 30;  // width at full resolution while estimating
constexpr std::int64_t kPlanningMaxFeatures = 512;
constexpr std::int64_t kConvolutionsPerStage = 2;

/// Kernel edges at in-plane spacings s: 3 along axes that are nearly isotropic with each other.
Pair kernel_at(const std::array<double, 2>& s) {
  if (s[0] / s[1] < 2 && s[1] / s[0] < 2) return {3, 3};
  // Either axis is alone with itself; the reference then takes the first, even if it is the finer.
  return {3, 1};
}

}  // namespace

void choose_pooling(Plan& plan, Pair extent, std::array<double, 2> spacing) {
  const Pair median_slice = extent;
  Pair reduction{1, 1};
  while (true) {
    const double finest = std::min(spacing[0], spacing[1]);
    Pair stride{1, 1};
    for (std::size_t i = 0; i < 2; ++i) {
      if (spacing[i] / finest < 2 && extent[i] >= 2 * kMinimumEdge) stride[i] = 2;
    }
    if (stride == Pair{1, 1}) break;
    plan.kernels.push_back(kernel_at(spacing));
    plan.strides.push_back(stride);
    for (std::size_t i = 0; i < 2; ++i) {
      extent[i] = (extent[i] + stride[i] - 1) / stride[i];
      spacing[i] *= static_cast<double>(stride[i]);
      reduction[i] *= stride[i];
    }
  }
  plan.kernels.push_back({3, 3});
  for (std::size_t i = 0; i < 2; ++i) {
    plan.patch_size[i] = (median_slice[i] + reduction[i] - 1) / reduction[i] * reduction[i];
  }
}

std::int64_t estimate_memory(const Plan& plan, std::int64_t modalities, std::int64_t classes) {
  std::int64_t pixels = plan.patch_size[0] * plan.patch_size[1];
  std::int64_t features = kPlanningFeatures;
  const std::int64_t maps_per_level = 2 * kConvolutionsPerStage + 1;  // encoder, decoder, up
  std::int64_t elements = pixels * (maps_per_level * features + modalities + classes);
  for (std::size_t level = 0; level < plan.strides.size(); ++level) {
    const bool bottleneck = level + 1 == plan.strides.size();
    pixels /= plan.strides[level][0] * plan.strides[level][1];
    features = std::min(2 * features, kPlanningMaxFeatures);
    elements += pixels * features * (bottleneck ? kConvolutionsPerStage : maps_per_level);
  }
  return elements;
}

void choose_batch_size(Plan& plan,
                       std::size_t cases,
                       double memory_budget,
                       const std::string& own_patch) {
  plan.batch_size_from_memory = static_cast<std::int64_t>(
      std::floor(memory_budget * kReferenceMemory / static_cast<double>(plan.memory_estimate) *
                 kReferenceBatch));
  if (plan.batch_size_from_memory < kMinimumBatch && !own_patch.empty()) {
    throw UsageError(fmt::format(
        "{}: patch_size {} x {} is too large: batches would hold fewer than {}; give batch_size as "
        "well, or a larger memory_budget",
        own_patch,
        plan.patch_size[0],
        plan.patch_size[1],
        kMinimumBatch));
  }
  if (plan.batch_size_from_memory < kMinimumBatch) {
    throw DataError(fmt::format(
        "slices of {} x {} pixels are too large to plan a network for: batches would hold fewer "
        "than {} of them; give patch_size, strides, kernels and batch_size, or a coarser "
        "target_spacing_mm, or a larger memory_budget, with --plan",
        plan.patch_size[0],
        plan.patch_size[1],
        kMinimumBatch));
  }
  const double voxels = std::accumulate(
      plan.median_shape.begin(), plan.median_shape.end(), 1.0, [](double product, auto extent) {
        return product * static_cast<double>(extent);
      });
  const auto patch = static_cast<double>(plan.patch_size[0] * plan.patch_size[1]);
  const auto limit =
      std::llrint(kLargestShareOfVoxels * voxels * static_cast<double>(cases) / patch);
  // Differs from the reference, where a tiny set gives batch 0.
  plan.batch_size =
      std::max<std::int64_t>(1, std::min<std::int64_t>(plan.batch_size_from_memory, limit));
}

}  // namespace regionwise::planning

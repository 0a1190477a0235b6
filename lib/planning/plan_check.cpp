#include "planning/plan_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

// Beyond these no plan makes sense, and memory or whole numbers would overflow.
constexpr std::int64_t kLargestBatchPixels = 1 << 30;  // 4 GiB a channel
constexpr std::int64_t kLargestWidth = 1 << 16;        // of a layer, features
constexpr std::size_t kMostLevels = 16;

}  // namespace

void PlanCheck::axis_order(std::array<int, 3> axes) const {
  std::sort(axes.begin(), axes.end());
  require(axes == std::array<int, 3>{0, 1, 2}, "axis_order must hold 0, 1 and 2 once each");
}

void PlanCheck::target_spacing(std::span<const double> spacing_mm) const {
  for (const double mm : spacing_mm) {
    require(mm > 0 && std::isfinite(mm), "target_spacing_mm must be above 0");
  }
}

void PlanCheck::network(const Plan& plan) const {
  require(!plan.strides.empty(), "strides must name at least one level");
  require(plan.strides.size() <= kMostLevels,
          fmt::format("strides must name at most {} levels", kMostLevels));
  require(plan.kernels.size() == plan.strides.size() + 1,
          fmt::format("{} strides need {} kernels, found {}",
                      plan.strides.size(),
                      plan.strides.size() + 1,
                      plan.kernels.size()));
  std::int64_t lowest_pixels = 1;
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t reduction = 1;
    for (const Pair& stride : plan.strides) {
      require(stride[i] == 1 || stride[i] == 2, "strides must be 1 or 2");
      reduction *= stride[i];
    }
    for (const Pair& kernel : plan.kernels) {
      require(kernel[i] == 1 || kernel[i] == 3, "kernels must be 1 or 3");
    }
    require(plan.patch_size[i] >= reduction,
            fmt::format("patch_size must be at least {}, found {}", reduction, plan.patch_size[i]));
    require(plan.patch_size[i] % reduction == 0,
            fmt::format("patch_size {} is not a multiple of its strides' product {}",
                        plan.patch_size[i],
                        reduction));
    require(plan.patch_size[i] <= kLargestEdge,
            fmt::format("patch_size must be at most {}", kLargestEdge));
    lowest_pixels *= plan.patch_size[i] / reduction;
  }
  require(lowest_pixels > 1,
          fmt::format("patch_size [{},{}] leaves one pixel at the lowest level, which an instance "
                      "norm makes 0: give a larger patch or fewer strides of 2",
                      plan.patch_size[0],
                      plan.patch_size[1]));
}

void PlanCheck::all(const Plan& plan) const {
  axis_order(plan.axis_order);
  target_spacing(plan.target_spacing_mm);
  network(plan);
  sizes(plan);
  normalization(plan);
  require(plan.conversion.is_object(), "conversion must be an object");
  require(plan.overrides.is_object(), "overrides must be an object");
}

void PlanCheck::require(bool holds, const std::string& what) const {
  if (!holds) throw UsageError(where_ + ": " + what);
}

void PlanCheck::sizes(const Plan& plan) const {
  require(plan.batch_size >= 1, "batch_size must be at least 1");
  const std::int64_t most =
      std::max<std::int64_t>(1, kLargestBatchPixels / (plan.patch_size[0] * plan.patch_size[1]));
  require(
      plan.batch_size <= most,
      fmt::format("batch_size {} is too large: {} patches of {} x {} pixels take 4 GiB a channel",
                  plan.batch_size,
                  most,
                  plan.patch_size[0],
                  plan.patch_size[1]));
  require(plan.base_features >= 1 && plan.max_features >= plan.base_features,
          "base_features must be at least 1 and at most max_features");
  require(plan.max_features <= kLargestWidth,
          fmt::format("max_features must be at most {}", kLargestWidth));
  for (const std::int64_t extent : plan.median_shape) {
    require(
        extent >= 0 && extent <= kLargestEdge,
        fmt::format("median_shape must be 0 to {}, found {}; with a coarser target_spacing_mm it "
                    "gets smaller",
                    kLargestEdge,
                    extent));
  }
  require(plan.memory_estimate >= 0 && plan.batch_size_from_memory >= 0,
          "memory_estimate and batch_size_from_memory must be at least 0");
}

void PlanCheck::normalization(const Plan& plan) const {
  const bool any_ct = std::find(plan.normalization.begin(), plan.normalization.end(), kCtScheme) !=
                      plan.normalization.end();
  require(!any_ct || plan.intensities.size() == plan.normalization.size(),
          "normalization CT needs intensities for every channel");
  for (std::size_t c = 0; c < plan.normalization.size(); ++c) {
    const std::string& scheme = plan.normalization[c];
    require(scheme == kCtScheme || scheme == kOtherScheme,
            fmt::format("normalization \"{}\" is unknown (known: CT, nonCT)", scheme));
    if (scheme == kCtScheme) intensities(plan.intensities[c], c);
  }
}

void PlanCheck::intensities(const IntensityStatistics& s, std::size_t channel) const {
  require(s.sd > 0 && s.percentile_00_5 < s.percentile_99_5,
          fmt::format("intensities of channel {}: CT needs an sd above 0 (found {:g}) and "
                      "percentile_00_5 below percentile_99_5 (found {:g} and {:g})",
                      channel,
                      s.sd,
                      s.percentile_00_5,
                      s.percentile_99_5));
}

}  // namespace regionwise::planning

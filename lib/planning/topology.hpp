#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "planning/plan.hpp"

/// The network that fits slices of a size, and the batch that fits its memory (spec §2).
namespace regionwise::planning {

/// Fills in strides, kernels and patch size for a median slice (y, x) and its spacing in mm. Slices
/// that are too small for any level get no strides.
void choose_pooling(Plan& plan, std::array<std::int64_t, 2> extent, std::array<double, 2> spacing);

/// Feature-map elements of one sample, as the reference counts them.
std::int64_t estimate_memory(const Plan& plan, std::int64_t modalities, std::int64_t classes);

/// Fills in the batch sizes from `memory_estimate`. `cases`: that train; `memory_budget`: of a
/// batch, as a multiple of the reference's; `own_patch`: where the user gave the patch size, to be
/// named if it is too large, or empty. Throws UsageError for such a patch, DataError for slices too
/// large: batches below 2.
void choose_batch_size(Plan& plan,
                       std::size_t cases,
                       double memory_budget,
                       const std::string& own_patch);

}  // namespace regionwise::planning

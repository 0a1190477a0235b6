#pragma once

#include <cstdint>
#include <span>

#include "planning/plan.hpp"
#include "planning/survey.hpp"

namespace regionwise::preprocessing {

/// Bytes of a dataset file of these cases, not compressed: voxels, the label on the source's grid
/// wherever it may be needed, counts, HDF5's tables. Never below the file's size and, where all
/// crops are known, within 2 % of it but for some 30 kB.
std::uintmax_t dataset_bytes(std::span<const planning::CaseGrid> grids,
                             int channels,
                             int classes,
                             const planning::Plan& plan);

}  // namespace regionwise::preprocessing

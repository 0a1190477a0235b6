#pragma once

#include <cstdint>
#include <span>

#include "core/volume.hpp"
#include "planning/plan.hpp"

namespace regionwise::planning {

/// What the size of a case in the file follows from; canonical axes.
struct CaseGrid {
  Shape3 source;  ///< Of the label that is kept for scoring.
  Shape3 kept;    ///< What preprocessing starts from.
  Spacing3 spacing_mm{1, 1, 1};
  /// Where only headers were read, `kept` is the most that can be left after the crop.
  bool may_be_cropped = false;
};

/// Bytes of a dataset file of these cases, not compressed: voxels, the label on the source's grid
/// wherever it may be needed, counts, HDF5's tables. Never below the file's size and, where all
/// crops are known, within 2 % of it but for some 30 kB.
std::uintmax_t dataset_bytes(std::span<const CaseGrid> grids,
                             int channels,
                             int classes,
                             const Plan& plan);

}  // namespace regionwise::planning

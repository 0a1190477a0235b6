#include "preprocessing/disk.hpp"

#include <array>

#include "preprocessing/resampling.hpp"
#include "storage/dataset_size.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::CaseGrid;
using planning::Plan;

using Axes = std::array<std::size_t, 3>;

storage::CaseContent content_of(const CaseGrid& grid, const Plan& plan) {
  Axes order{};
  Spacing3 spacing{};
  for (std::size_t i = 0; i < 3; ++i) {
    order[i] = static_cast<std::size_t>(plan.axis_order[i]);
    spacing[i] = grid.spacing_mm[order[i]];
  }
  const Spacing3 target{spacing[0], plan.target_spacing_mm[1], plan.target_spacing_mm[2]};
  storage::CaseContent content;
  content.shape = resampled_shape(transposed(grid.kept, order), spacing, target);
  const bool on_source_grid = !grid.may_be_cropped && order == Axes{0, 1, 2} &&
                              grid.kept == grid.source && content.shape == grid.source;
  if (!on_source_grid) content.source_label = grid.source;
  return content;
}

}  // namespace

std::uintmax_t dataset_bytes(std::span<const CaseGrid> grids,
                             int channels,
                             int classes,
                             const Plan& plan) {
  std::uintmax_t bytes = storage::table_bytes(static_cast<std::int64_t>(grids.size()));
  for (const CaseGrid& grid : grids) {
    storage::CaseContent content = content_of(grid, plan);
    content.channels = channels;
    content.classes = classes;
    bytes += storage::case_bytes(content);
  }
  return bytes;
}

}  // namespace regionwise::preprocessing

#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/json.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {

/// Whether `json` is a plans file of nnU-Net v2.
bool is_nnunet_plans(const Json& json);

/// Fields to replace in a plan, as a user gave them.
struct PlanOverrides {
  Json fields = Json::object();
  /// nnU-Net's `transpose_forward` where it counts the axes of arrays as the files store them
  /// (slowest first). `fields` has no axis_order then; `resolved` makes it.
  std::optional<std::array<int, 3>> stored_axis_order;
  std::string hash;  ///< Of the file that they were read from.
};

/// The `2d` configuration of an nnU-Net v2 plans.json (both layouts: UNet_* keys, and
/// architecture/arch_kwargs since 2.3) as overrides for make_plan: axis order, in-plane target
/// spacing, patch, batch, strides, kernels, widths, normalisation, CT intensities; what the
/// configuration inherits is filled in. Throws UsageError where it asks for what this network or
/// preprocessing has not: another class than PlainConvUNet, layers of another kind, other than two
/// convolutions a stage of encoder and decoder, widths that do not double, another normalisation
/// than ZScore or CT, another resampling, strides above 2.
PlanOverrides overrides_of_nnunet_plans(const Json& plans, const std::string& where);

/// Reads a file of overrides: fields of a plan, or an nnU-Net v2 plans.json. Throws IoError,
/// UsageError.
PlanOverrides read_plan_overrides(const std::filesystem::path& path);

/// The fields for make_plan, with `stored_axis_order` as the axis_order of canonical grids
/// (storage/orientation.hpp). `orientations`: of each case, with the file to name; none: arrays are
/// canonical. Throws DataError where the cases are stored along different axes, so that no order of
/// canonical axes is meant.
Json resolved(const PlanOverrides& overrides,
              std::span<const std::pair<std::filesystem::path, storage::Orientation>> orientations,
              const std::string& where);

}  // namespace regionwise::planning

#pragma once

#include <filesystem>
#include <string>

#include "core/json.hpp"

namespace regionwise::planning {

/// Whether `json` is a plans file of nnU-Net v2.
bool is_nnunet_plans(const Json& json);

/// The `2d` configuration of an nnU-Net v2 plans.json (both layouts: UNet_* keys, and
/// architecture/arch_kwargs since 2.3) as overrides for make_plan: axis order, in-plane target
/// spacing, patch, batch, strides, kernels, widths, normalisation, CT intensities. Throws
/// UsageError where it asks for what this network or preprocessing has not: other than two
/// convolutions a stage, widths that do not double, another normalisation than ZScore or CT,
/// strides above 2.
Json overrides_of_nnunet_plans(const Json& plans, const std::string& where);

/// Reads a file of overrides: fields of a plan, or an nnU-Net v2 plans.json. Throws IoError,
/// UsageError.
Json read_plan_overrides(const std::filesystem::path& path);

}  // namespace regionwise::planning

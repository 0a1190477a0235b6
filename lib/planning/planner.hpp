#pragma once

#include <string>

#include "core/json.hpp"
#include "planning/fingerprint.hpp"
#include "planning/plan.hpp"

namespace regionwise::planning {

/// The reference's planner, with the fields of `overrides` replaced. Of these `axis_order`,
/// `target_spacing_mm` (two numbers: in the plane; three: in the plan's order of axes) and
/// `memory_budget` (of a batch, as a multiple of the reference's) are what the planner starts from,
/// so that the rest follows them; median_shape, memory_estimate, batch_size_from_memory, conversion
/// and overrides are passed over, as they are not chosen; every other field of a plan replaces what
/// was planned. Throws DataError where planning fails (batch below 2, no case, slices too small)
/// and UsageError for fields that are unknown or do not fit each other, beginning with `where`.
Plan make_plan(const Fingerprint& fingerprint,
               const Json& overrides = Json::object(),
               const std::string& where = "plan");

}  // namespace regionwise::planning

#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "planning/fingerprint.hpp"
#include "planning/plan.hpp"

/// What a user gives the planner, and how it replaces what is planned.
namespace regionwise::planning {

/// What the planner starts from, and the fields that replace its results.
struct PlannerInput {
  std::optional<std::array<int, 3>> axis_order;
  std::vector<double> target_spacing_mm;  ///< Of the last axes: 0, 2 or 3 of them.
  double memory_budget = 1;               ///< Of a batch, as a multiple of the reference's.
  Json fields = Json::object();
};

/// Sorts out the overrides of make_plan. Throws UsageError, as the others do beginning with
/// `where`.
PlannerInput read_planner_input(const Json& overrides, const std::string& where);

/// A network of the user's own, before the batch is sized for it. Throws UsageError.
void take_network(Plan& plan, const Json& fields, const std::string& where);

/// The overrides that change anything of the fields `planned` without them: a printed plan given
/// back whole changes nothing.
Json effective(const Json& overrides, const Json& planned);

/// The plan with a user's fields in place of what was planned. Throws UsageError, and DataError
/// where CT images have no intensities to be normalised by.
Plan with_fields(const Plan& plan,
                 const Fingerprint& fingerprint,
                 const Json& fields,
                 const std::string& where);

}  // namespace regionwise::planning

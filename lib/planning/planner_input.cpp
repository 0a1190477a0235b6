#include "planning/planner_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "planning/plan_check.hpp"

namespace regionwise::planning {
namespace {

// Beyond it no plan makes sense.
constexpr double kLargestMemoryBudget = 1e4;

// Fields that planning finds or that are given with the data: a printed plan holds them, but they
// cannot be chosen.
constexpr std::array kResults{
    "median_shape", "memory_estimate", "batch_size_from_memory", "conversion", "overrides"};

void refuse_constant_foreground(const Fingerprint& fingerprint, const Json& schemes) {
  for (std::size_t c = 0; c < std::min(schemes.size(), fingerprint.intensities.size()); ++c) {
    const IntensityStatistics& s = fingerprint.intensities[c];
    if (schemes[c] != kCtScheme || (s.sd > 0 && s.percentile_00_5 < s.percentile_99_5)) continue;
    throw DataError(fmt::format(
        "the foreground of channel {} ({}) has one intensity: CT images cannot be normalised by it",
        c,
        fingerprint.modalities[c]));
  }
}

}  // namespace

PlannerInput read_planner_input(const Json& overrides, const std::string& where) {
  PlannerInput input;
  JsonReader reader(overrides, where);
  if (reader.has("axis_order")) input.axis_order = reader.get<std::array<int, 3>>("axis_order");
  input.target_spacing_mm = reader.get("target_spacing_mm", input.target_spacing_mm);
  input.memory_budget = reader.get("memory_budget", input.memory_budget);
  const PlanCheck check(where);
  check.require(
      input.memory_budget > 0 && input.memory_budget <= kLargestMemoryBudget,
      fmt::format("memory_budget must be above 0 and at most {:g}", kLargestMemoryBudget));
  const std::size_t given = input.target_spacing_mm.size();
  check.require(given == 0 || given == 2 || given == 3,
                "target_spacing_mm must hold 2 or 3 numbers");
  check.target_spacing(input.target_spacing_mm);
  if (input.axis_order) check.axis_order(*input.axis_order);
  input.fields = overrides;
  for (const char* key : {"axis_order", "target_spacing_mm", "memory_budget"}) {
    input.fields.erase(key);
  }
  for (const char* key : kResults) input.fields.erase(key);
  return input;
}

void take_network(Plan& plan, const Json& fields, const std::string& where) {
  JsonReader reader(fields, where);
  plan.patch_size = reader.get("patch_size", plan.patch_size);
  plan.strides = reader.get("strides", plan.strides);
  plan.kernels = reader.get("kernels", plan.kernels);
  const bool own =
      fields.contains("patch_size") || fields.contains("strides") || fields.contains("kernels");
  // Without any level the slices are too small to plan for, which is said later.
  if (own && (fields.contains("strides") || !plan.strides.empty())) PlanCheck(where).network(plan);
}

Json effective(const Json& overrides, const Json& planned) {
  Json changes = Json::object();
  for (const auto& [key, value] : overrides.items()) {
    const bool is_result = std::find(kResults.begin(), kResults.end(), key) != kResults.end();
    if (is_result || (planned.contains(key) && planned[key] == value)) continue;
    changes[key] = value;
  }
  return changes;
}

Plan with_fields(const Plan& plan,
                 const Fingerprint& fingerprint,
                 const Json& fields,
                 const std::string& where) {
  Json json = to_json(plan);
  json.update(fields);
  const Json& schemes = json.at("normalization");
  const bool any_ct =
      schemes.is_array() && std::find(schemes.begin(), schemes.end(), kCtScheme) != schemes.end();
  if (any_ct && !fields.contains("intensities")) {
    if (fingerprint.intensities.empty()) {
      throw DataError("no training case has foreground: CT images cannot be normalised");
    }
    refuse_constant_foreground(fingerprint, schemes);
    json["intensities"] = to_json(fingerprint.intensities);
  }
  Plan result = parse_plan(json, where);
  if (result.normalization.size() != fingerprint.modalities.size()) {
    throw UsageError(fmt::format("{}: normalization must name {} schemes, one per channel",
                                 where,
                                 fingerprint.modalities.size()));
  }
  return result;
}

}  // namespace regionwise::planning

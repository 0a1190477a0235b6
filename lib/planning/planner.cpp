#include "planning/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "planning/plan_check.hpp"
#include "planning/planner_input.hpp"
#include "planning/topology.hpp"

namespace regionwise::planning {
namespace {

constexpr double kMaskBelowSizeReduction = 0.75;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

std::array<double, 3> extents(const Shape3& shape) {
  return {static_cast<double>(shape.depth),
          static_cast<double>(shape.height),
          static_cast<double>(shape.width)};
}

Spacing3 median_spacing(const std::vector<Spacing3>& spacings_mm) {
  Spacing3 result{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> values;
    for (const Spacing3& spacing : spacings_mm) values.push_back(spacing[axis]);
    result[axis] = median(std::move(values));
  }
  return result;
}

/// The coarsest axis first, then the other two in order.
std::array<int, 3> coarsest_axis_first(const Spacing3& spacing) {
  const auto coarsest =
      static_cast<int>(std::max_element(spacing.begin(), spacing.end()) - spacing.begin());
  std::array<int, 3> order{coarsest, 0, 0};
  std::size_t next = 1;
  for (int axis = 0; axis < 3; ++axis) {
    if (axis != coarsest) order[next++] = axis;
  }
  return order;
}

/// Median of the shapes at the target spacing; `axis` is an axis of the images.
std::int64_t median_extent(const Fingerprint& fingerprint, double target, std::size_t axis) {
  std::vector<double> values;
  for (std::size_t i = 0; i < fingerprint.shapes.size(); ++i) {
    values.push_back(fingerprint.spacings_mm[i][axis] / target *
                     extents(fingerprint.shapes[i])[axis]);
  }
  // One beyond the limit tells PlanCheck, where the true one might overflow.
  return std::llrint(std::min(median(std::move(values)), kLargestEdge + 1.0));
}

bool is_ct(const std::string& modality) {
  return modality == "CT" || modality == "ct";
}

void choose_normalization(Plan& plan, const Fingerprint& fingerprint) {
  bool names_ct = false;
  for (const std::string& modality : fingerprint.modalities) {
    plan.normalization.emplace_back(is_ct(modality) ? kCtScheme : kOtherScheme);
    names_ct = names_ct || modality.find("CT") != std::string::npos;
  }
  plan.normalize_inside_mask = !names_ct && !fingerprint.size_reductions.empty() &&
                               median(fingerprint.size_reductions) < kMaskBelowSizeReduction;
}

/// Fills in the order of axes, the target spacing and the median shape.
void lay_out(Plan& plan, const Fingerprint& fingerprint, const PlannerInput& input) {
  const Spacing3 target = median_spacing(fingerprint.spacings_mm);
  plan.axis_order = input.axis_order.value_or(coarsest_axis_first(target));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto axis = static_cast<std::size_t>(plan.axis_order[i]);
    const auto& wanted = input.target_spacing_mm;
    const bool is_given = i + wanted.size() >= 3;
    plan.target_spacing_mm[i] = is_given ? wanted[i + wanted.size() - 3] : target[axis];
    plan.median_shape[i] = median_extent(fingerprint, plan.target_spacing_mm[i], axis);
  }
}

/// The plan without overrides; an empty object where there is none.
Json planned_alone(const Fingerprint& fingerprint) {
  try {
    return to_json(make_plan(fingerprint));
  } catch (const DataError&) {
    return Json::object();  // All overrides count.
  }
}

}  // namespace

Plan make_plan(const Fingerprint& fingerprint, const Json& overrides, const std::string& where) {
  if (fingerprint.shapes.empty()) throw DataError("no case to plan a network for");
  const PlannerInput input = read_planner_input(overrides, where);
  Plan plan;
  lay_out(plan, fingerprint, input);
  choose_normalization(plan, fingerprint);
  choose_pooling(plan,
                 {plan.median_shape[1], plan.median_shape[2]},
                 {plan.target_spacing_mm[1], plan.target_spacing_mm[2]});
  take_network(plan, input.fields, where);
  if (plan.strides.empty()) {
    throw DataError(fmt::format(
        "slices of {} x {} pixels are too small to plan a network for; give patch_size, "
        "strides and kernels with --plan",
        plan.median_shape[1],
        plan.median_shape[2]));
  }
  plan.memory_estimate = estimate_memory(plan,
                                         static_cast<std::int64_t>(fingerprint.modalities.size()),
                                         fingerprint.foreground_classes + 1);
  if (!input.fields.contains("batch_size")) {
    choose_batch_size(plan,
                      fingerprint.shapes.size(),
                      input.memory_budget,
                      input.fields.contains("patch_size") ? where : std::string());
  }
  if (!overrides.empty()) plan.overrides = effective(overrides, planned_alone(fingerprint));
  return with_fields(plan, fingerprint, input.fields, where);
}

}  // namespace regionwise::planning

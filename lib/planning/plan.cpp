#include "planning/plan.hpp"

#include "core/error.hpp"
#include "geometry/kernel_name.hpp"
#include "planning/plan_check.hpp"

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

}  // namespace

Json to_json(const Plan& plan) {
  return {{"patch_size", plan.patch_size},
          {"batch_size", plan.batch_size},
          {"strides", plan.strides},
          {"kernels", plan.kernels},
          {"base_features", plan.base_features},
          {"max_features", plan.max_features},
          {"axis_order", plan.axis_order},
          {"target_spacing_mm", plan.target_spacing_mm},
          {"median_shape", plan.median_shape},
          {"normalization", plan.normalization},
          {"normalize_inside_mask", plan.normalize_inside_mask},
          {"intensities", to_json(plan.intensities)},
          {"slice_kernel", geometry::to_string(plan.slice_kernel)},
          {"memory_estimate", plan.memory_estimate},
          {"batch_size_from_memory", plan.batch_size_from_memory},
          {"conversion", plan.conversion},
          {"overrides", plan.overrides}};
}

Plan parse_plan(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Plan plan;
  plan.patch_size = reader.get<Pair>("patch_size");
  plan.batch_size = reader.get<std::int64_t>("batch_size");
  plan.strides = reader.get<std::vector<Pair>>("strides");
  plan.kernels = reader.get<std::vector<Pair>>("kernels");
  plan.base_features = reader.get<std::int64_t>("base_features");
  plan.max_features = reader.get<std::int64_t>("max_features");
  plan.axis_order = reader.get("axis_order", plan.axis_order);
  plan.target_spacing_mm = reader.get("target_spacing_mm", plan.target_spacing_mm);
  plan.median_shape = reader.get("median_shape", plan.median_shape);
  plan.normalization = reader.get("normalization", plan.normalization);
  plan.normalize_inside_mask = reader.get("normalize_inside_mask", plan.normalize_inside_mask);
  if (reader.has("intensities")) {
    const Json& all = reader.member("intensities");
    if (!all.is_array()) throw UsageError(reader.place("intensities") + ": expected a list");
    for (const Json& one : all) {
      plan.intensities.push_back(parse_intensity_statistics(one, reader.place("intensities")));
    }
  }
  plan.slice_kernel = geometry::parse_cubic_kernel(
      reader.get<std::string>("slice_kernel", geometry::to_string(plan.slice_kernel)),
      reader.place("slice_kernel"));
  plan.memory_estimate = reader.get("memory_estimate", plan.memory_estimate);
  plan.batch_size_from_memory = reader.get("batch_size_from_memory", plan.batch_size_from_memory);
  if (reader.has("conversion")) plan.conversion = reader.member("conversion");
  if (reader.has("overrides")) plan.overrides = reader.member("overrides");
  reader.finish();
  PlanCheck(where).all(plan);
  return plan;
}

}  // namespace regionwise::planning

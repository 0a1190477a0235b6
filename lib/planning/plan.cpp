#include "planning/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "geometry/kernel_name.hpp"

namespace regionwise::planning {
namespace {

constexpr std::int64_t kMinimumEdge = 4;         // of a feature map
constexpr double kReferenceMemory = 19'739'648;  // estimate at which kReferenceBatch samples fit
constexpr double kReferenceBatch = 50;
constexpr std::int64_t kMinimumBatch = 2;
constexpr double kLargestShareOfVoxels = 0.05;  // of all voxels in one batch
constexpr std::int64_t kPlanningFeatures = 30;  // width at full resolution while estimating
constexpr std::int64_t kPlanningMaxFeatures = 512;
constexpr std::int64_t kConvolutionsPerStage = 2;
constexpr double kMaskBelowSizeReduction = 0.75;
constexpr double kSmallestLoaderScale = 0.85;
constexpr const char* kOtherScheme = "nonCT";

// Beyond these no plan makes sense, and memory or whole numbers would overflow.
constexpr std::int64_t kLargestEdge = 1 << 16;         // of a slice, pixels
constexpr std::int64_t kLargestBatchPixels = 1 << 30;  // 4 GiB a channel
constexpr std::int64_t kLargestWidth = 1 << 16;        // of a layer, features
constexpr std::size_t kMostLevels = 16;
constexpr double kLargestMemoryBudget = 1e4;

// Fields that planning finds or that are given with the data: a printed plan holds them, but they
// cannot be chosen.
constexpr std::array kResults{
    "median_shape", "memory_estimate", "batch_size_from_memory", "conversion", "overrides"};

using Pair = std::array<std::int64_t, 2>;

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

/// Kernel edges at in-plane spacings s: 3 along axes that are nearly isotropic with each other.
Pair kernel_at(const std::array<double, 2>& s) {
  if (s[0] / s[1] < 2 && s[1] / s[0] < 2) return {3, 3};
  // Either axis is alone with itself; the reference then takes the first, even if it is the finer.
  return {3, 1};
}

/// Fills in strides, kernels and patch size for a median slice (y, x) and its spacing.
void choose_pooling(Plan& plan, Pair extent, std::array<double, 2> spacing) {
  const Pair median_slice = extent;
  Pair reduction{1, 1};
  while (true) {
    const double finest = std::min(spacing[0], spacing[1]);
    Pair stride{1, 1};
    for (std::size_t i = 0; i < 2; ++i) {
      if (spacing[i] / finest < 2 && extent[i] >= 2 * kMinimumEdge) stride[i] = 2;
    }
    if (stride == Pair{1, 1}) break;
    plan.kernels.push_back(kernel_at(spacing));
    plan.strides.push_back(stride);
    for (std::size_t i = 0; i < 2; ++i) {
      extent[i] = (extent[i] + stride[i] - 1) / stride[i];
      spacing[i] *= static_cast<double>(stride[i]);
      reduction[i] *= stride[i];
    }
  }
  plan.kernels.push_back({3, 3});
  for (std::size_t i = 0; i < 2; ++i) {
    plan.patch_size[i] = (median_slice[i] + reduction[i] - 1) / reduction[i] * reduction[i];
  }
}

/// Feature-map elements of one sample, as the reference counts them.
std::int64_t estimate_memory(const Plan& plan, std::int64_t modalities, std::int64_t classes) {
  std::int64_t pixels = plan.patch_size[0] * plan.patch_size[1];
  std::int64_t features = kPlanningFeatures;
  const std::int64_t maps_per_level = 2 * kConvolutionsPerStage + 1;  // encoder, decoder, up
  std::int64_t elements = pixels * (maps_per_level * features + modalities + classes);
  for (std::size_t level = 0; level < plan.strides.size(); ++level) {
    const bool bottleneck = level + 1 == plan.strides.size();
    pixels /= plan.strides[level][0] * plan.strides[level][1];
    features = std::min(2 * features, kPlanningMaxFeatures);
    elements += pixels * features * (bottleneck ? kConvolutionsPerStage : maps_per_level);
  }
  return elements;
}

/// `own_patch`: where the user gave the patch size, to be named if it is too large; or empty.
void choose_batch_size(Plan& plan,
                       std::size_t cases,
                       double memory_budget,
                       const std::string& own_patch) {
  plan.batch_size_from_memory = static_cast<std::int64_t>(
      std::floor(memory_budget * kReferenceMemory / static_cast<double>(plan.memory_estimate) *
                 kReferenceBatch));
  if (plan.batch_size_from_memory < kMinimumBatch && !own_patch.empty()) {
    throw UsageError(fmt::format(
        "{}: patch_size {} x {} is too large: batches would hold fewer than {}; give batch_size as "
        "well, or a larger memory_budget",
        own_patch,
        plan.patch_size[0],
        plan.patch_size[1],
        kMinimumBatch));
  }
  if (plan.batch_size_from_memory < kMinimumBatch) {
    throw DataError(fmt::format(
        "slices of {} x {} pixels are too large to plan a network for: batches would hold fewer "
        "than {} of them; give patch_size, strides, kernels and batch_size, or a coarser "
        "target_spacing_mm, with --plan",
        plan.patch_size[0],
        plan.patch_size[1],
        kMinimumBatch));
  }
  const double voxels = std::accumulate(
      plan.median_shape.begin(), plan.median_shape.end(), 1.0, [](double product, auto extent) {
        return product * static_cast<double>(extent);
      });
  const auto patch = static_cast<double>(plan.patch_size[0] * plan.patch_size[1]);
  const auto limit =
      std::llrint(kLargestShareOfVoxels * voxels * static_cast<double>(cases) / patch);
  // Differs from the reference, where a tiny set gives batch 0.
  plan.batch_size =
      std::max<std::int64_t>(1, std::min<std::int64_t>(plan.batch_size_from_memory, limit));
}

Json list_of(const std::vector<IntensityStatistics>& all) {
  Json json = Json::array();
  for (const IntensityStatistics& one : all) json.push_back(to_json(one));
  return json;
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

/// Checks fields of plans; the only place that does. Throws UsageErrors beginning with `where`.
class PlanCheck {
 public:
  explicit PlanCheck(std::string where) : where_(std::move(where)) {}

  void axis_order(std::array<int, 3> axes) const {
    std::sort(axes.begin(), axes.end());
    require(axes == std::array<int, 3>{0, 1, 2}, "axis_order must hold 0, 1 and 2 once each");
  }

  void target_spacing(std::span<const double> spacing_mm) const {
    for (const double mm : spacing_mm) {
      require(mm > 0 && std::isfinite(mm), "target_spacing_mm must be above 0");
    }
  }

  /// Every stride 1 or 2, every kernel 1 or 3, the patch what they can halve.
  void network(const Plan& plan) const {
    require(!plan.strides.empty(), "strides must name at least one level");
    require(plan.strides.size() <= kMostLevels,
            fmt::format("strides must name at most {} levels", kMostLevels));
    require(plan.kernels.size() == plan.strides.size() + 1,
            fmt::format("{} strides need {} kernels, found {}",
                        plan.strides.size(),
                        plan.strides.size() + 1,
                        plan.kernels.size()));
    for (std::size_t i = 0; i < 2; ++i) {
      std::int64_t reduction = 1;
      for (const Pair& stride : plan.strides) {
        require(stride[i] == 1 || stride[i] == 2, "strides must be 1 or 2");
        reduction *= stride[i];
      }
      for (const Pair& kernel : plan.kernels) {
        require(kernel[i] == 1 || kernel[i] == 3, "kernels must be 1 or 3");
      }
      require(plan.patch_size[i] >= 1 && plan.patch_size[i] % reduction == 0,
              fmt::format("patch_size {} is not a multiple of its strides' product {}",
                          plan.patch_size[i],
                          reduction));
      require(plan.patch_size[i] <= kLargestEdge,
              fmt::format("patch_size must be at most {}", kLargestEdge));
    }
  }

  void all(const Plan& plan) const {
    axis_order(plan.axis_order);
    target_spacing(plan.target_spacing_mm);
    network(plan);
    sizes(plan);
    normalization(plan);
    require(plan.conversion.is_object(), "conversion must be an object");
    require(plan.overrides.is_object(), "overrides must be an object");
  }

  void require(bool holds, const std::string& what) const {
    if (!holds) throw UsageError(where_ + ": " + what);
  }

 private:
  void sizes(const Plan& plan) const {
    require(plan.batch_size >= 1, "batch_size must be at least 1");
    const std::int64_t most =
        std::max<std::int64_t>(1, kLargestBatchPixels / (plan.patch_size[0] * plan.patch_size[1]));
    require(
        plan.batch_size <= most,
        fmt::format("batch_size {} is too large: {} patches of {} x {} pixels take 4 GiB a channel",
                    plan.batch_size,
                    most,
                    plan.patch_size[0],
                    plan.patch_size[1]));
    require(plan.base_features >= 1 && plan.max_features >= plan.base_features,
            "base_features must be at least 1 and at most max_features");
    require(plan.max_features <= kLargestWidth,
            fmt::format("max_features must be at most {}", kLargestWidth));
    for (const std::int64_t extent : plan.median_shape) {
      require(
          extent >= 0 && extent <= kLargestEdge,
          fmt::format("median_shape must be 0 to {}, found {}; with a coarser target_spacing_mm it "
                      "gets smaller",
                      kLargestEdge,
                      extent));
    }
    require(plan.memory_estimate >= 0 && plan.batch_size_from_memory >= 0,
            "memory_estimate and batch_size_from_memory must be at least 0");
  }

  void normalization(const Plan& plan) const {
    const bool any_ct =
        std::find(plan.normalization.begin(), plan.normalization.end(), kCtScheme) !=
        plan.normalization.end();
    require(!any_ct || plan.intensities.size() == plan.normalization.size(),
            "normalization CT needs intensities for every channel");
    for (std::size_t c = 0; c < plan.normalization.size(); ++c) {
      const std::string& scheme = plan.normalization[c];
      require(scheme == kCtScheme || scheme == kOtherScheme,
              fmt::format("normalization \"{}\" is unknown (known: CT, nonCT)", scheme));
      if (scheme == kCtScheme) intensities(plan.intensities[c], c);
    }
  }

  /// Only CT is normalised by them.
  void intensities(const IntensityStatistics& s, std::size_t channel) const {
    require(s.sd > 0 && s.percentile_00_5 < s.percentile_99_5,
            fmt::format("intensities of channel {}: CT needs an sd above 0 (found {:g}) and "
                        "percentile_00_5 below percentile_99_5 (found {:g} and {:g})",
                        channel,
                        s.sd,
                        s.percentile_00_5,
                        s.percentile_99_5));
  }

  std::string where_;
};

/// What the planner starts from, and the fields that replace its results.
struct PlannerStart {
  std::optional<std::array<int, 3>> axis_order;
  std::vector<double> target_spacing_mm;  ///< Of the last axes: 0, 2 or 3 of them.
  double memory_budget = 1;
  Json fields = Json::object();
};

PlannerStart read_start(const Json& overrides, const std::string& where) {
  PlannerStart start;
  JsonReader reader(overrides, where);
  if (reader.has("axis_order")) start.axis_order = reader.get<std::array<int, 3>>("axis_order");
  start.target_spacing_mm = reader.get("target_spacing_mm", start.target_spacing_mm);
  start.memory_budget = reader.get("memory_budget", start.memory_budget);
  const PlanCheck check(where);
  check.require(
      start.memory_budget > 0 && start.memory_budget <= kLargestMemoryBudget,
      fmt::format("memory_budget must be above 0 and at most {:g}", kLargestMemoryBudget));
  const std::size_t given = start.target_spacing_mm.size();
  check.require(given == 0 || given == 2 || given == 3,
                "target_spacing_mm must hold 2 or 3 numbers");
  check.target_spacing(start.target_spacing_mm);
  if (start.axis_order) check.axis_order(*start.axis_order);
  start.fields = overrides;
  for (const char* key : {"axis_order", "target_spacing_mm", "memory_budget"}) {
    start.fields.erase(key);
  }
  for (const char* key : kResults) start.fields.erase(key);
  return start;
}

/// A network of the user's own, before the batch is sized for it.
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

/// The overrides that change anything: a printed plan given back whole changes nothing.
Json effective(const Json& overrides, const Fingerprint& fingerprint) {
  if (overrides.empty()) return overrides;
  Json planned = Json::object();
  try {
    planned = to_json(make_plan(fingerprint));
  } catch (const DataError&) {
    // Without the overrides there is no plan: all of them count.
  }
  Json changes = Json::object();
  for (const auto& [key, value] : overrides.items()) {
    const bool is_result = std::find(kResults.begin(), kResults.end(), key) != kResults.end();
    if (is_result || (planned.contains(key) && planned[key] == value)) continue;
    changes[key] = value;
  }
  return changes;
}

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

/// The plan with a user's fields in place of what was planned.
Plan with_fields(Plan plan,
                 const Fingerprint& fingerprint,
                 const Json& fields,
                 const Json& overrides,
                 const std::string& where) {
  plan.overrides = effective(overrides, fingerprint);
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
    json["intensities"] = list_of(fingerprint.intensities);
  }
  plan = parse_plan(json, where);
  if (plan.normalization.size() != fingerprint.modalities.size()) {
    throw UsageError(fmt::format("{}: normalization must name {} schemes, one per channel",
                                 where,
                                 fingerprint.modalities.size()));
  }
  return plan;
}

}  // namespace

Json to_json(const Fingerprint& fingerprint) {
  Json shapes = Json::array();
  for (const Shape3& s : fingerprint.shapes) shapes.push_back({s.depth, s.height, s.width});
  return {{"shapes", std::move(shapes)},
          {"spacings_mm", fingerprint.spacings_mm},
          {"size_reductions", fingerprint.size_reductions},
          {"modalities", fingerprint.modalities},
          {"foreground_classes", fingerprint.foreground_classes},
          {"intensities", list_of(fingerprint.intensities)}};
}

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
          {"intensities", list_of(plan.intensities)},
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

Plan make_plan(const Fingerprint& fingerprint, const Json& overrides, const std::string& where) {
  if (fingerprint.shapes.empty()) throw DataError("no case to plan a network for");
  const PlannerStart start = read_start(overrides, where);
  Plan plan;
  const Spacing3 target = median_spacing(fingerprint.spacings_mm);
  plan.axis_order = start.axis_order.value_or(coarsest_axis_first(target));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto axis = static_cast<std::size_t>(plan.axis_order[i]);
    const auto& wanted = start.target_spacing_mm;
    const bool is_given = i + wanted.size() >= 3;
    plan.target_spacing_mm[i] = is_given ? wanted[i + wanted.size() - 3] : target[axis];
    plan.median_shape[i] = median_extent(fingerprint, plan.target_spacing_mm[i], axis);
  }
  choose_normalization(plan, fingerprint);
  choose_pooling(plan,
                 {plan.median_shape[1], plan.median_shape[2]},
                 {plan.target_spacing_mm[1], plan.target_spacing_mm[2]});
  take_network(plan, start.fields, where);
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
  if (!start.fields.contains("batch_size")) {
    choose_batch_size(plan,
                      fingerprint.shapes.size(),
                      start.memory_budget,
                      start.fields.contains("patch_size") ? where : std::string());
  }
  return with_fields(plan, fingerprint, start.fields, overrides, where);
}

double rotation_limit_degrees(const Pair& patch_size) {
  const auto [shorter, longer] = std::minmax(patch_size[0], patch_size[1]);
  return static_cast<double>(longer) / static_cast<double>(shorter) > 1.5 ? 15 : 180;
}

Pair loader_patch_size(const Pair& patch_size) {
  const double degrees = std::min(rotation_limit_degrees(patch_size), 90.0);
  const double angle = degrees / 180 * std::numbers::pi;
  const auto height = static_cast<double>(patch_size[0]);
  const auto width = static_cast<double>(patch_size[1]);
  const double rotated_height = std::abs(height * std::cos(angle) + width * std::sin(angle));
  const double rotated_width = std::abs(-height * std::sin(angle) + width * std::cos(angle));
  return {static_cast<std::int64_t>(std::max(height, rotated_height) / kSmallestLoaderScale),
          static_cast<std::int64_t>(std::max(width, rotated_width) / kSmallestLoaderScale)};
}

}  // namespace regionwise::planning

#include "metrics/metric.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "geometry/box.hpp"
#include "geometry/distance_transform.hpp"
#include "geometry/surface.hpp"
#include "metrics_index.inc"

namespace regionwise::metrics {
namespace {

constexpr std::array<std::pair<EmptyRule, const char*>, 4> kEmptyRules{{
    {EmptyRule::nan_drop, "nan-drop"},
    {EmptyRule::diagonal, "diagonal"},
    {EmptyRule::infinite, "infinite"},
    {EmptyRule::zero_if_both, "zero-if-both"},
}};

/// The distance from each voxel of surface `from` to the nearest one of surface `to`, C order.
std::vector<double> directed_distances(std::span<const std::uint8_t> from,
                                       VolumeView<std::uint8_t> to,
                                       const Spacing3& spacing_mm) {
  const std::vector<double> squared = geometry::squared_distances_mm(to, spacing_mm);
  std::vector<double> distances;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != 0) distances.push_back(std::sqrt(squared[i]));
  }
  return distances;
}

std::vector<std::uint8_t> class_mask(VolumeView<Label> labels, std::size_t label) {
  std::vector<std::uint8_t> mask(labels.values.size());
  std::transform(labels.values.begin(), labels.values.end(), mask.begin(), [label](Label value) {
    return static_cast<std::uint8_t>(std::cmp_equal(value, label));
  });
  return mask;
}

void check_labels(const std::string& case_id,
                  const char* which,
                  VolumeView<Label> labels,
                  std::size_t classes) {
  for (const Label label : labels.values) {
    if (label < 0 || std::cmp_greater(label, classes)) {
      throw DataError(fmt::format("case {}: the {} has label {}, which is outside 0 to {}",
                                  case_id,
                                  which,
                                  label,
                                  classes));
    }
  }
}

}  // namespace

EmptyRule parse_empty_rule(const std::string& name) {
  std::string known;
  for (const auto& [rule, rule_name] : kEmptyRules) {
    if (name == rule_name) return rule;
    known += (known.empty() ? "" : ", ") + std::string(rule_name);
  }
  throw UsageError(
      fmt::format("unknown rule for empty masks \"{}\"; known rules: {}", name, known));
}

std::string to_string(EmptyRule rule) {
  return std::find_if(kEmptyRules.begin(),
                      kEmptyRules.end(),
                      [rule](const auto& known) { return known.first == rule; })
      ->second;
}

MaskPair::MaskPair(VolumeView<std::uint8_t> prediction,
                   VolumeView<std::uint8_t> reference,
                   const Spacing3& spacing_mm)
    : prediction_(prediction), reference_(reference), spacing_mm_(spacing_mm) {
  for (std::size_t i = 0; i < prediction.values.size(); ++i) {
    const bool predicted = prediction.values[i] != 0;
    const bool referred = reference.values[i] != 0;
    predicted_ += predicted;
    reference_count_ += referred;
    common_ += predicted && referred;
  }
}

bool MaskPair::surfaces_undefined(EmptyRule rule) const {
  const auto without_surface = [&](std::int64_t voxels) {
    const bool full = voxels == prediction_.shape.size();
    return voxels == 0 || (full && rule == EmptyRule::nan_drop);
  };
  return without_surface(predicted_) || without_surface(reference_count_);
}

double MaskPair::diagonal_mm() const {
  return std::hypot(static_cast<double>(prediction_.shape.depth) * spacing_mm_[0],
                    static_cast<double>(prediction_.shape.height) * spacing_mm_[1],
                    static_cast<double>(prediction_.shape.width) * spacing_mm_[2]);
}

const std::vector<double>& MaskPair::prediction_to_reference_mm() const {
  if (!to_reference_) measure();
  return *to_reference_;
}

const std::vector<double>& MaskPair::reference_to_prediction_mm() const {
  if (!to_prediction_) measure();
  return *to_prediction_;
}

void MaskPair::measure() const {
  // Objects are small against the volume. Outside the box that holds both there is background only,
  // like outside the volume, so their surfaces stay as they are; the voxel more on each side keeps
  // a flat object in a volume from being taken for a 2-D image, whose surface is another.
  const geometry::Box box =
      geometry::grown(geometry::enclosing_box(geometry::bounding_box(prediction_),
                                              geometry::bounding_box(reference_)),
                      1,
                      prediction_.shape);
  const std::vector<std::uint8_t> prediction = geometry::crop(prediction_, box);
  const std::vector<std::uint8_t> reference = geometry::crop(reference_, box);
  const auto predicted_surface = geometry::surface_voxels({prediction, box.shape});
  const auto reference_surface = geometry::surface_voxels({reference, box.shape});
  to_reference_ =
      directed_distances(predicted_surface, {reference_surface, box.shape}, spacing_mm_);
  to_prediction_ =
      directed_distances(reference_surface, {predicted_surface, box.shape}, spacing_mm_);
}

const std::vector<MetricEntry>& all_metrics() {
  static const std::vector<MetricEntry> entries = indexed_entries();
  return entries;
}

double undefined_distance(const MaskPair& pair, EmptyRule rule) {
  const bool both_empty = pair.predicted_voxels() == 0 && pair.reference_voxels() == 0;
  const bool one_empty =
      !both_empty && (pair.predicted_voxels() == 0 || pair.reference_voxels() == 0);
  if (both_empty && rule != EmptyRule::nan_drop) return 0;
  if (one_empty && rule == EmptyRule::diagonal) return pair.diagonal_mm();
  if (one_empty && rule == EmptyRule::infinite) return std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

const MetricEntry& find_metric(const std::string& name) {
  for (const MetricEntry& entry : all_metrics()) {
    if (entry.name == name) return entry;
  }
  std::vector<std::string> known;
  for (const MetricEntry& entry : all_metrics()) known.push_back(entry.name);
  throw UsageError(fmt::format("unknown metric \"{}\" ({})", name, fmt::join(known, ", ")));
}

storage::MetricsRecord make_record(const std::vector<std::string>& foreground_class_names,
                                   EmptyRule rule,
                                   const std::vector<std::string>& metric_names) {
  storage::MetricsRecord record;
  record.class_names = foreground_class_names;
  record.empty_rule = to_string(rule);
  std::vector<std::string> names = metric_names;
  if (names.empty()) {
    for (const MetricEntry& entry : all_metrics()) names.push_back(entry.name);
  }
  for (const std::string& name : names) {
    const MetricEntry& entry = find_metric(name);
    record.metrics.push_back({entry.name, entry.unit, entry.higher_is_better, {}});
  }
  return record;
}

void score_case(storage::MetricsRecord& record,
                const std::string& case_id,
                const std::string& group,
                VolumeView<Label> prediction,
                VolumeView<Label> reference,
                const Spacing3& spacing_mm) {
  const auto text = [](const Shape3& shape) {
    return fmt::format("[{},{},{}]", shape.depth, shape.height, shape.width);
  };
  if (prediction.shape != reference.shape) {
    throw DataError(fmt::format("case {}: prediction {} and reference {} differ in shape",
                                case_id,
                                text(prediction.shape),
                                text(reference.shape)));
  }
  const std::size_t classes = record.class_names.size();
  check_labels(case_id, "prediction", prediction, classes);
  check_labels(case_id, "reference", reference, classes);
  const EmptyRule rule = parse_empty_rule(record.empty_rule);
  for (std::size_t label = 1; label <= classes; ++label) {
    const std::vector<std::uint8_t> predicted = class_mask(prediction, label);
    const std::vector<std::uint8_t> referred = class_mask(reference, label);
    const MaskPair pair({predicted, prediction.shape}, {referred, reference.shape}, spacing_mm);
    for (auto& metric : record.metrics) {
      metric.values.push_back(find_metric(metric.name).value(pair, rule));
    }
    record.predicted_voxels.push_back(pair.predicted_voxels());
    record.reference_voxels.push_back(pair.reference_voxels());
  }
  record.case_ids.push_back(case_id);
  record.groups.push_back(group);
  record.spacing_mm.push_back(spacing_mm);
}

}  // namespace regionwise::metrics

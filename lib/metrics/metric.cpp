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
#include "geometry/surface.hpp"
#include "geometry/surface_distances.hpp"
#include "metrics_index.inc"

namespace regionwise::metrics {
namespace {

constexpr std::array<std::pair<EmptyRule, const char*>, 4> kEmptyRules{{
    {EmptyRule::nan_drop, "nan-drop"},
    {EmptyRule::diagonal, "diagonal"},
    {EmptyRule::infinite, "infinite"},
    {EmptyRule::zero_if_both, "zero-if-both"},
}};

/// To start a thread takes as long as to measure a heart.
int useful_threads(const Shape3& shape, int threads) {
  constexpr std::int64_t kSmall = 1 << 22;
  return shape.size() < kSmall ? 1 : threads;
}

/// The same memory as bytes, which the masks are packed from.
VolumeView<std::uint8_t> bytes(VolumeView<Label> labels) {
  return {{reinterpret_cast<const std::uint8_t*>(labels.values.data()), labels.values.size()},
          labels.shape};
}

void check_labels(const std::string& case_id,
                  const char* which,
                  VolumeView<Label> labels,
                  std::size_t classes) {
  // As bytes negative labels are large ones.
  const auto values = bytes(labels).values;
  std::uint8_t largest = 0;
  for (const std::uint8_t value : values) largest = std::max(largest, value);
  if (std::cmp_less_equal(largest, std::min<std::size_t>(classes, 127))) return;
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

/// The surfaces of both masks, to measure from and to.
struct MaskPair::Surfaces {
  Surfaces(const MaskPair& pair)
      : prediction(surface(pair.prediction_, pair.shape_)),
        reference(surface(pair.reference_, pair.shape_)),
        to_prediction(prediction, pair.spacing_mm_),
        to_reference(reference, pair.spacing_mm_) {}

  static geometry::BitMask surface(const geometry::BitMask& mask, const Shape3& shape) {
    return geometry::surface_voxels(mask, shape.depth > 1, geometry::NearestSite::kMargin);
  }

  geometry::BitMask prediction;
  geometry::BitMask reference;
  geometry::NearestSite to_prediction;
  geometry::NearestSite to_reference;
};

MaskPair::MaskPair(VolumeView<std::uint8_t> prediction,
                   VolumeView<std::uint8_t> reference,
                   const Spacing3& spacing_mm,
                   int threads)
    : MaskPair(prediction, reference, geometry::Inside{}, spacing_mm, threads) {}

MaskPair::MaskPair(VolumeView<Label> prediction,
                   VolumeView<Label> reference,
                   Label label,
                   const Spacing3& spacing_mm,
                   int threads)
    : MaskPair(bytes(prediction),
               bytes(reference),
               geometry::Inside{static_cast<std::uint8_t>(label), true},
               spacing_mm,
               threads) {}

MaskPair::MaskPair(VolumeView<std::uint8_t> prediction,
                   VolumeView<std::uint8_t> reference,
                   geometry::Inside inside,
                   const Spacing3& spacing_mm,
                   int threads)
    : shape_(prediction.shape),
      spacing_mm_(spacing_mm),
      threads_(useful_threads(prediction.shape, threads)),
      prediction_({0, 0, 0}),
      reference_({0, 0, 0}) {
  const geometry::PackedRows predicted = geometry::pack_rows(prediction, inside, threads_);
  const geometry::PackedRows referred = geometry::pack_rows(reference, inside, threads_);
  // Objects are small against the volume. Outside the box that holds both there is background only,
  // like outside the volume.
  const geometry::Box box = geometry::aligned(geometry::enclosing_box(predicted.box, referred.box));
  prediction_ = geometry::cut(predicted, box);
  reference_ = geometry::cut(referred, box);
  predicted_ = geometry::count(prediction_);
  reference_count_ = geometry::count(reference_);
  common_ = geometry::count_common(prediction_, reference_);
}

bool MaskPair::surfaces_undefined(EmptyRule rule) const {
  const auto without_surface = [&](std::int64_t voxels) {
    const bool full = voxels == shape_.size();
    return voxels == 0 || (full && rule == EmptyRule::nan_drop);
  };
  return without_surface(predicted_) || without_surface(reference_count_);
}

double MaskPair::diagonal_mm() const {
  return std::hypot(static_cast<double>(shape_.depth) * spacing_mm_[0],
                    static_cast<double>(shape_.height) * spacing_mm_[1],
                    static_cast<double>(shape_.width) * spacing_mm_[2]);
}

const MaskPair::Surfaces& MaskPair::surfaces() const {
  if (!surfaces_) surfaces_ = std::make_shared<Surfaces>(*this);
  return *surfaces_;
}

const std::vector<double>& MaskPair::prediction_to_reference_mm() const {
  if (!to_reference_) {
    const Surfaces& surface = surfaces();
    to_reference_ = geometry::distances_mm(surface.prediction, surface.to_reference, threads_);
  }
  return *to_reference_;
}

const std::vector<double>& MaskPair::reference_to_prediction_mm() const {
  if (!to_prediction_) {
    const Surfaces& surface = surfaces();
    to_prediction_ = geometry::distances_mm(surface.reference, surface.to_prediction, threads_);
  }
  return *to_prediction_;
}

double MaskPair::farthest_mm() const {
  if (to_reference_ && to_prediction_)
    return std::max(std::ranges::max(*to_reference_), std::ranges::max(*to_prediction_));
  const Surfaces& surface = surfaces();
  const double there = geometry::farthest_mm(surface.prediction, surface.to_reference, 0, threads_);
  return geometry::farthest_mm(surface.reference, surface.to_prediction, there, threads_);
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

bool is_metric(const std::string& name) {
  const auto& all = all_metrics();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) { return entry.name == name; });
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
                const Spacing3& spacing_mm,
                int threads) {
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
    const MaskPair pair(prediction, reference, static_cast<Label>(label), spacing_mm, threads);
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

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/volume.hpp"
#include "geometry/bit_mask.hpp"
#include "storage/metrics_file.hpp"

namespace regionwise::metrics {

/// What a metric is where the prediction or the reference lacks the class, and what a distance is
/// where one of them fills the volume. By nan_drop a full mask has no surface, as in the reference
/// (spec §5.2); by all other rules its surface is the volume's border, as it is for every mask that
/// reaches the border (MedPy), and the distance is measured.
enum class EmptyRule {
  nan_drop,      ///< Reference behaviour: NaN, left out of means; Dice 0 if exactly one is empty.
  diagonal,      ///< Distances: the volume's diagonal in mm if exactly one is empty, 0 if both.
  infinite,      ///< Distances: infinity if exactly one is empty, 0 if both.
  zero_if_both,  ///< Both empty: the perfect value (Dice 1, distance 0); exactly one: NaN.
};
EmptyRule parse_empty_rule(const std::string& name);  ///< "nan-drop" …; UsageError.
std::string to_string(EmptyRule rule);

/// One class of one case, prediction against reference, with what several metrics share computed
/// once and only if asked for.
class MaskPair {
 public:
  /// Masks (non-zero: inside) of the same shape; they must outlive the pair. Measures on up to
  /// `threads` threads, with the same result for any number.
  MaskPair(VolumeView<std::uint8_t> prediction,
           VolumeView<std::uint8_t> reference,
           const Spacing3& spacing_mm,
           int threads = 1);
  /// The voxels of `label` in two label maps.
  MaskPair(VolumeView<Label> prediction,
           VolumeView<Label> reference,
           Label label,
           const Spacing3& spacing_mm,
           int threads = 1);

  int threads() const { return threads_; }  ///< That are used: one for small volumes.
  std::int64_t predicted_voxels() const { return predicted_; }
  std::int64_t reference_voxels() const { return reference_count_; }
  std::int64_t common_voxels() const { return common_; }
  /// True if either mask is empty or, by nan_drop, fills the volume: there are no surface
  /// distances.
  bool surfaces_undefined(EmptyRule rule) const;
  double diagonal_mm() const;
  /// From each surface voxel of the prediction to the nearest of the reference, mm, and back.
  const std::vector<double>& prediction_to_reference_mm() const;
  const std::vector<double>& reference_to_prediction_mm() const;
  /// The largest of all of them, without the others.
  double farthest_mm() const;

 private:
  struct Surfaces;

  MaskPair(VolumeView<std::uint8_t> prediction,
           VolumeView<std::uint8_t> reference,
           geometry::Inside inside,
           const Spacing3& spacing_mm,
           int threads);
  const Surfaces& surfaces() const;

  Shape3 shape_;
  Spacing3 spacing_mm_;
  int threads_;
  geometry::BitMask prediction_;
  geometry::BitMask reference_;
  std::int64_t predicted_ = 0;
  std::int64_t reference_count_ = 0;
  std::int64_t common_ = 0;
  mutable std::shared_ptr<const Surfaces> surfaces_;
  mutable std::optional<std::vector<double>> to_reference_;
  mutable std::optional<std::vector<double>> to_prediction_;
};

/// One metric. A file lib/metrics/x.cpp defines `MetricEntry metric_x()`.
struct MetricEntry {
  std::string name;
  std::string unit;       ///< "1" or "mm"
  bool higher_is_better;  ///< True for overlaps, false for distances.
  std::string citation;
  std::function<double(const MaskPair&, EmptyRule)> value;
};

/// All metrics, sorted by name.
const std::vector<MetricEntry>& all_metrics();

/// The value of a distance where `surfaces_undefined(rule)`; shared by all distances.
double undefined_distance(const MaskPair& pair, EmptyRule rule);

/// Scores one case: appends a row to every array of `record` (whose class_names, metrics and
/// empty_rule are set by `make_record`). `threads`: as of MaskPair.
void score_case(storage::MetricsRecord& record,
                const std::string& case_id,
                const std::string& group,
                VolumeView<Label> prediction,
                VolumeView<Label> reference,
                const Spacing3& spacing_mm,
                int threads = 1);

/// Whether `name` is that of a metric: counts (`misses`, `cases`) stand beside metrics in files.
bool is_metric(const std::string& name);

/// The metric of that name; UsageError naming the known ones.
const MetricEntry& find_metric(const std::string& name);

/// A record without cases, for these metrics (empty: all) of the foreground classes given.
storage::MetricsRecord make_record(const std::vector<std::string>& foreground_class_names,
                                   EmptyRule rule,
                                   const std::vector<std::string>& metric_names = {});

}  // namespace regionwise::metrics

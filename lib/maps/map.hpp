#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/options.hpp"
#include "core/volume.hpp"

namespace regionwise::maps {

/// The label maps of a batch.
struct LabelBatch {
  std::span<const Label> labels;  ///< [samples, depth, height, width] in 0 … classes-1.
  std::int64_t samples = 1;
  Shape3 shape;
  int classes = 2;               ///< K, background included.
  Spacing3 spacing_mm{1, 1, 1};  ///< Used only if distances are asked for in mm.
};

/// What happens to a class that no pixel, or every pixel, of the image has. Maps without distances
/// (active-contour, cao) need no rule.
enum class EdgeRule {
  standard,  ///< Absent: rectified +1, boundary and hausdorff 0. Full: rectified −1, the others 0.
  reference,  ///< What the published code does: see each map's file.
};

/// How distances are measured and special cases are treated, for every map.
struct MapSettings {
  bool three_dimensional = false;  ///< Whole volumes; else each slice on its own.
  bool millimetres = false;        ///< Else pixels.
  EdgeRule empty_class = EdgeRule::standard;
  EdgeRule full_class = EdgeRule::standard;
  std::vector<double> class_weights;  ///< Multiplies each class's channel; empty: all 1.
};

/// Where the map of a batch lies: the channels of a sample in equal steps, each one contiguous.
template <class T>
struct MapView {
  T* values;
  std::int64_t sample_step;
  std::int64_t channel_step;

  T* channel(std::int64_t sample, std::int64_t k) const {
    return values + sample * sample_step + k * channel_step;
  }
};

/// A region-wise map Z = f(Y), shape [samples, K, depth, height, width].
class RegionMap {
 public:
  virtual ~RegionMap() = default;
  /// Fills `map` for one batch, before class weights.
  virtual void compute(const LabelBatch& batch,
                       const MapSettings& settings,
                       std::span<double> map) const = 0;
  /// The fast way, which a map may leave out: fills `map` with what compute() gives, times the
  /// class weights, rounded. False: not done.
  virtual bool compute_weighted(const LabelBatch& batch,
                                const MapSettings& settings,
                                const MapView<float>& map) const;
};

/// One map. A file lib/maps/x.cpp (x with _ for -) defines `MapEntry map_x()`.
struct MapEntry {
  std::string name;  ///< kebab-case
  std::string citation;
  std::string formula;             ///< One line.
  std::vector<OptionDoc> options;  ///< Its own; the settings above belong to all maps.
  bool safe_signs;  ///< The K−1 wrong classes share one value at every pixel (§3.3).
  std::function<std::unique_ptr<RegionMap>(const Json& options)> make;
};

const std::vector<MapEntry>& all_maps();  ///< Sorted by name.

/// The settings that belong to every map, as options of its description.
const std::vector<OptionDoc>& map_settings_docs();

/// A map with its options and settings: what a configuration's "map" object describes, such as
/// {"name": "cao", "alpha": 2, "beta": 1, "class-weights": [1, 2, 2], "unit": "mm",
///  "dimensions": 3, "empty-class": "standard", "full-class": "reference"}; every key but the name
/// may be left out.
class MapSpecification {
 public:
  /// `where` names the place of the description in errors. Throws UsageError: unknown name, option
  /// or rule, impossible value.
  MapSpecification(const Json& description, const std::string& where);

  /// Everything, defaults filled in; itself a description of the same map.
  const Json& resolved() const { return resolved_; }
  const MapEntry& entry() const { return *entry_; }
  const MapSettings& settings() const { return settings_; }
  /// Throws UsageError unless there are as many class weights as classes, or none.
  void check_classes(int classes) const;

  /// Z with class weights, [samples, K, D, H, W], on up to `threads` threads (the same values
  /// whatever their number). T: float or double; distances are computed in double (integers squared
  /// where in pixels). Labels outside 0 … K−1, an impossible spacing and what a rule cannot treat
  /// are DataErrors; another number of class weights than K is a UsageError.
  template <class T>
  std::vector<T> compute(const LabelBatch& batch, int threads = 1) const;
  /// The same into memory of the caller, as many elements.
  template <class T>
  void compute(const LabelBatch& batch, int threads, std::span<T> map) const;
  /// How many of `threads` threads compute() starts: small batches are not worth one.
  static int threads_for(const LabelBatch& batch, int threads);

 private:
  void check(const LabelBatch& batch) const;
  template <class T>
  void compute_part(const LabelBatch& part, const MapView<T>& map) const;

  const MapEntry* entry_;
  Json resolved_;
  MapSettings settings_;
  std::shared_ptr<const RegionMap> map_;
};

}  // namespace regionwise::maps

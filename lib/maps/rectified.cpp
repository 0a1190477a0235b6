#include <algorithm>
#include <cmath>

#include "core/multiversion.hpp"
#include "maps/distances.hpp"

namespace regionwise::maps {
namespace {

/// How a class's own pixels get their values, weight × -d / deepest.
template <class T>
struct OwnValues {
  double weight = 1;
  double deepest = 1;    ///< The largest distance.
  std::vector<T> table;  ///< By squared distance, where that is quicker; else empty.

  REGIONWISE_INLINE T of(double squared) const {
    return static_cast<T>(weight * (-std::sqrt(squared) / deepest));
  }
};

/// Entries by_squared: as many as `table` has.
template <class T>
REGIONWISE_MULTIVERSION void fill_table(OwnValues<T>& values) {
  T* table = values.table.data();
  const auto entries = static_cast<std::int32_t>(values.table.size());
  for (std::int32_t squared = 0; squared < entries; ++squared) table[squared] = values.of(squared);
}

/// All channels of an image, row by row: the weight, and in the pixel's own channel its value.
template <class T, class D>
REGIONWISE_MULTIVERSION void write_rows(const geometry::LabelDistance<D>& distance,
                                        const MeasuredImage<T>& image,
                                        const D* squared,
                                        const OwnValues<T>* values) {
  for (std::int64_t row = 0; row < image.rows(); ++row) {
    const std::int64_t start = row * image.shape.width;
    for (std::int64_t k = 0; k < image.classes; ++k) {
      T* out = image.channel(k) + start;
      std::fill(out, out + image.shape.width, static_cast<T>(values[k].weight));
    }
    for (const geometry::LabelRun& run : distance.runs(row)) {
      const OwnValues<T>& own = values[run.label];
      const D* from = squared + start;
      T* out = image.channel(run.label) + start;
      if (own.table.empty()) {
        for (std::int32_t x = run.begin; x < run.end; ++x) {
          out[x] = own.of(static_cast<double>(from[x]));
        }
      } else {
        const T* table = own.table.data();
        for (std::int32_t x = run.begin; x < run.end; ++x) {
          out[x] = table[static_cast<std::int32_t>(from[x])];
        }
      }
    }
  }
}

/// Writes one image after the other.
template <class T>
class Rectified {
 public:
  Rectified(const LabelBatch& batch,
            const MapSettings& settings,
            const std::vector<double>& weights)
      : batch_(batch), settings_(settings), values_(weights.size()) {
    for (std::size_t k = 0; k < weights.size(); ++k) values_[k].weight = weights[k];
  }

  template <class D>
  void operator()(const MeasuredImage<T>& image, geometry::LabelDistance<D>& distance) {
    for (std::int64_t k = 0; k < image.classes; ++k) {
      if (distance.pixels(static_cast<Label>(k)) == image.shape.size()) return write_full(image, k);
    }
    const std::span<const D> squared = distance.to_another();
    for (std::int64_t k = 0; k < image.classes; ++k) {
      const auto label = static_cast<Label>(k);
      prepare(values_[k], distance.deepest(label), distance.pixels(label));
    }
    write_rows(distance, image, squared.data(), values_.data());
  }

 private:
  /// A table is worth its while if it is shorter than what is looked up and stays in the cache.
  template <class D>
  static void prepare(OwnValues<T>& values, D deepest2, std::int64_t pixels) {
    values.deepest = std::sqrt(static_cast<double>(deepest2));
    values.table.clear();
    constexpr std::int64_t kLongest = 2048;
    const bool short_enough = static_cast<std::int64_t>(deepest2) < std::min(pixels / 2, kLongest);
    if (!std::is_integral_v<D> || !short_enough) return;
    values.table.resize(static_cast<std::size_t>(deepest2) + 1);
    fill_table(values);
  }

  void write_full(const MeasuredImage<T>& image, std::int64_t full) const {
    const std::int64_t size = image.shape.size();
    for (std::int64_t k = 0; k < image.classes; ++k) {
      const double value = k == full ? -values_[k].weight : values_[k].weight;
      std::fill(image.channel(k), image.channel(k) + size, static_cast<T>(value));
    }
    if (settings_.full_class == EdgeRule::standard) return;
    const std::vector<double> ramp = distances_to_phantom(image.shape, batch_, settings_);
    const double deepest = *std::max_element(ramp.begin(), ramp.end());
    std::transform(ramp.begin(), ramp.end(), image.channel(full), [&](double distance) {
      return static_cast<T>(values_[full].weight * (-distance / deepest));
    });
  }

  const LabelBatch& batch_;
  const MapSettings& settings_;
  std::vector<OwnValues<T>> values_;
};

template <class T>
void rectify(const LabelBatch& batch,
             const MapSettings& settings,
             const std::vector<double>& weights,
             const MapView<T>& map) {
  Rectified<T> write(batch, settings, weights);
  for_each_measured_image(
      batch, settings, map, [&](const auto& image, auto& distance) { write(image, distance); });
}

// Absent class: +1, under both rules. Class that fills the image. Standard: -1, the limit of a
// boundary far away. Reference: a ramp, the distance to the pixel (-1, 0), or (-1, 0, 0), over its
// maximum (what SciPy's transform returns for a mask without background).
class RectifiedMap : public RegionMap {
 public:
  void compute(const LabelBatch& batch,
               const MapSettings& settings,
               std::span<double> map) const override {
    const std::vector<double> ones(static_cast<std::size_t>(batch.classes), 1.0);
    rectify(batch, settings, ones, whole_map(batch, map));
  }

  bool compute_weighted(const LabelBatch& batch,
                        const MapSettings& settings,
                        const MapView<float>& map) const override {
    rectify(batch, settings, weights_or_ones(settings, batch.classes), map);
    return true;
  }
};

}  // namespace

MapEntry map_rectified() {
  return {
      .name = "rectified",
      .citation =
          "Valverde and Tohka, Region-wise Loss for Biomedical Image Segmentation, Pattern "
          "Recognition 2023, Eq. 4",
      .formula = "Z = -d / max d inside the class (d to the nearest pixel outside it), 1 outside",
      .options = {},
      .safe_signs = true,
      .make = [](const Json&) { return std::make_unique<RectifiedMap>(); }};
}

}  // namespace regionwise::maps

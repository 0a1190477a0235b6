#include "maps/distances.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/multiversion.hpp"

namespace regionwise::maps {
namespace {

/// n distances from squared ones, times `factor`.
template <class T, class D>
REGIONWISE_MULTIVERSION void write_roots(const D* squared, std::int64_t n, double factor, T* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<T>(factor * std::sqrt(static_cast<double>(squared[i])));
  }
}

/// Over what stands there: at every pixel, in the channel of its class, minus its distance.
template <class T, class D>
REGIONWISE_MULTIVERSION void write_own_roots(const geometry::LabelDistance<D>& distance,
                                             const MeasuredImage<T>& image,
                                             const D* squared,
                                             const double* weights) {
  for (std::int64_t row = 0; row < image.rows(); ++row) {
    const std::int64_t start = row * image.shape.width;
    for (const geometry::LabelRun& run : distance.runs(row)) {
      const double factor = -weights[run.label];
      T* out = image.channel(run.label) + start;
      for (std::int32_t x = run.begin; x < run.end; ++x) {
        out[x] = static_cast<T>(factor * std::sqrt(static_cast<double>(squared[start + x])));
      }
    }
  }
}

/// Writes one image after the other.
template <class T>
class SignedDistances {
 public:
  SignedDistances(const LabelBatch& batch,
                  const MapSettings& settings,
                  const std::vector<double>& weights)
      : batch_(batch), settings_(settings), weights_(weights) {}

  template <class D>
  void operator()(const MeasuredImage<T>& image, geometry::LabelDistance<D>& distance) {
    const std::int64_t size = image.shape.size();
    bool full = false;
    for (std::int64_t k = 0; k < image.classes; ++k) {
      const auto label = static_cast<Label>(k);
      T* out = image.channel(k);
      if (distance.pixels(label) == 0) {
        write_absent(k, size, out);
        continue;
      }
      full = distance.pixels(label) == size;
      if (full) {
        std::fill(out, out + size, T{0});
      } else {
        write_roots(distance.to(label).data(), size, weights_[k], out);
      }
      if (settings_.empty_class == EdgeRule::reference) last_outside_.assign(out, out + size);
      if (full && settings_.full_class == EdgeRule::reference) write_full(image.shape, k, out);
    }
    if (full) return;
    write_own_roots(distance, image, distance.to_another().data(), weights_.data());
  }

 private:
  void write_absent(std::int64_t k, std::int64_t size, T* out) const {
    if (settings_.empty_class == EdgeRule::standard) {
      std::fill(out, out + size, T{0});
      return;
    }
    if (last_outside_.empty()) {
      throw DataError(
          "empty-class reference: class 0 is absent from the first image of the batch, where the "
          "published code fails too; use empty-class standard");
    }
    std::transform(last_outside_.begin(), last_outside_.end(), out, [&](double distance) {
      return static_cast<T>(weights_[k] * distance);
    });
  }

  void write_full(const Shape3& shape, std::int64_t k, T* out) const {
    const std::vector<double> distances = distances_to_phantom(shape, batch_, settings_);
    std::transform(distances.begin(), distances.end(), out, [&](double distance) {
      return static_cast<T>(weights_[k] * -distance);
    });
  }

  const LabelBatch& batch_;
  const MapSettings& settings_;
  const std::vector<double>& weights_;
  std::vector<double> last_outside_;  ///< Of the last class that was not absent; empty: none yet.
};

}  // namespace

std::vector<double> weights_or_ones(const MapSettings& settings, int classes) {
  if (!settings.class_weights.empty()) return settings.class_weights;
  return std::vector<double>(static_cast<std::size_t>(classes), 1.0);
}

std::vector<double> distances_to_phantom(const Shape3& shape,
                                         const LabelBatch& batch,
                                         const MapSettings& settings) {
  const Spacing3 unit = settings.millimetres ? batch.spacing_mm : Spacing3{1, 1, 1};
  // The phantom lies one step before the first axis: z in a volume, y in a slice.
  const double z_step = shape.depth > 1 ? 1 : 0;
  const double y_step = shape.depth > 1 ? 0 : 1;
  std::vector<double> distances;
  distances.reserve(static_cast<std::size_t>(shape.size()));
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x) {
        const double dz = (static_cast<double>(z) + z_step) * unit[0];
        const double dy = (static_cast<double>(y) + y_step) * unit[1];
        const double dx = static_cast<double>(x) * unit[2];
        distances.push_back(std::sqrt(dz * dz + dy * dy + dx * dx));
      }
    }
  }
  return distances;
}

template <class T>
void signed_distances(const LabelBatch& batch,
                      const MapSettings& settings,
                      const std::vector<double>& weights,
                      const MapView<T>& map) {
  SignedDistances<T> write(batch, settings, weights);
  for_each_measured_image(
      batch, settings, map, [&](const auto& image, auto& distance) { write(image, distance); });
}

template void signed_distances(const LabelBatch&,
                               const MapSettings&,
                               const std::vector<double>&,
                               const MapView<float>&);
template void signed_distances(const LabelBatch&,
                               const MapSettings&,
                               const std::vector<double>&,
                               const MapView<double>&);

void signed_distances(const LabelBatch& batch, const MapSettings& settings, std::span<double> map) {
  const std::vector<double> ones(static_cast<std::size_t>(batch.classes), 1.0);
  signed_distances(batch, settings, ones, whole_map(batch, map));
}

}  // namespace regionwise::maps

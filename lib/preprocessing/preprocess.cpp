#include "preprocessing/preprocess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "preprocessing/resampling.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::CroppedCase;
using planning::IntensityStatistics;
using planning::kOutside;
using planning::Plan;

/// An image whose pixels become so many times larger or smaller along an axis has a wrong spacing
/// in its header: it would become a few pixels, or take all memory there is.
constexpr double kLargestChange = 32;

Spacing3 in_order(const Spacing3& spacing_mm, const Plan& plan) {
  Spacing3 ordered{};
  for (std::size_t i = 0; i < 3; ++i) {
    ordered[i] = spacing_mm[static_cast<std::size_t>(plan.axis_order[i])];
  }
  return ordered;
}

/// How a case's grid becomes the network's.
struct Regridding {
  std::array<std::size_t, 3> order{};
  Shape3 from;  ///< Transposed.
  Shape3 to;
  Spacing3 spacing_mm{};  ///< Of `to`.
  std::optional<std::size_t> separate;
  geometry::Kernel kernel;

  Regridding(const CroppedCase& cropped, const Plan& plan) : kernel(plan.slice_kernel) {
    for (std::size_t i = 0; i < 3; ++i) order[i] = static_cast<std::size_t>(plan.axis_order[i]);
    const Spacing3 spacing = in_order(cropped.spacing_mm, plan);
    from = transposed(cropped.box.shape, order);
    spacing_mm = {spacing[0], plan.target_spacing_mm[1], plan.target_spacing_mm[2]};
    to = resampled_shape(from, spacing, spacing_mm);
    separate = separate_axis(spacing, spacing_mm);
  }

  bool transposes() const { return order != std::array<std::size_t, 3>{0, 1, 2}; }

  void apply(std::vector<float>& image, int channels, const BetweenSteps& between) const {
    std::vector<float> result;
    const auto voxels = static_cast<std::size_t>(from.size());
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
      std::vector<float> channel =
          one_channel(std::span<const float>(image).subspan(c * voxels, voxels), between);
      if (channels == 1) {
        result = std::move(channel);
      } else {
        result.insert(result.end(), channel.begin(), channel.end());
      }
    }
    image = std::move(result);
  }

  void apply(Volume<Label>& label, const BetweenSteps& between) const {
    if (transposes()) {
      label.values = transposed(std::span<const Label>(label.values), label.shape, order);
      label.shape = from;
    }
    if (from != to) label = resample_labels(label, to, separate, between);
    for (Label& value : label.values) value = value < kOutside ? Label{0} : value;
  }

 private:
  std::vector<float> one_channel(std::span<const float> values, const BetweenSteps& between) const {
    std::vector<float> ordered;
    if (transposes()) {
      ordered = transposed(values, transposed(from, inverse_order()), order);
      values = ordered;
    }
    if (from == to) return {values.begin(), values.end()};
    return resample_image(values, from, to, separate, kernel, between);
  }

  std::array<std::size_t, 3> inverse_order() const {
    std::array<std::size_t, 3> inverse{};
    for (std::size_t i = 0; i < 3; ++i) inverse[order[i]] = i;
    return inverse;
  }
};

/// Clips to the data set's range and normalises by its statistics (spec §1.5, CT).
void normalize_ct(std::span<float> values, const IntensityStatistics& statistics) {
  const auto low = static_cast<float>(statistics.percentile_00_5);
  const auto high = static_cast<float>(statistics.percentile_99_5);
  const auto mean = static_cast<float>(statistics.mean);
  const auto sd = static_cast<float>(statistics.sd);
  for (float& v : values) v = (std::clamp(v, low, high) - mean) / sd;
}

}  // namespace

void z_score(std::span<float> values, std::span<const Label> mask) {
  const auto inside = [&](std::size_t i) { return mask.empty() || mask[i] >= 0; };
  double sum = 0;
  double n = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!inside(i)) continue;
    sum += values[i];
    ++n;
  }
  const double mean = sum / n;
  double squares = 0;
  bool varies = false;
  std::optional<float> first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!inside(i)) continue;
    squares += (values[i] - mean) * (values[i] - mean);
    if (!first) first = values[i];
    varies = varies || values[i] != *first;
  }
  if (!varies) {
    throw DataError("every voxel has the same intensity; check the file or leave the case out");
  }
  constexpr double kAdded = 1e-8;
  constexpr double kLeastSpread = 100 * kAdded;  // of less it would be more than 1 %
  const double sd = std::sqrt(squares / n);
  if (sd < kLeastSpread) {
    throw DataError(fmt::format(
        "its intensities spread by {:.2g}, which the {:.0e} that normalising adds would distort: "
        "store them in another unit, or leave the case out",
        sd,
        kAdded));
  }
  const double scale = 1 / (sd + kAdded);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = inside(i) ? static_cast<float>((values[i] - mean) * scale) : 0.0F;
  }
}

std::string spacing_problem(const Spacing3& spacing_mm, const Plan& plan) {
  const Spacing3 from = in_order(spacing_mm, plan);
  const Spacing3& to = plan.target_spacing_mm;
  const auto is_far = [&](std::size_t i) {
    return from[i] > kLargestChange * to[i] || to[i] > kLargestChange * from[i];
  };
  if (!is_far(1) && !is_far(2)) return {};
  return fmt::format(
      "its pixels of {:.6g} x {:.6g} mm would be resampled to {:.6g} x {:.6g} mm: correct the "
      "spacing in its header",
      from[1],
      from[2],
      to[1],
      to[2]);
}

Preprocessed preprocess(CroppedCase cropped,
                        const Plan& plan,
                        MaskSource mask_source,
                        const BetweenSteps& between) {
  const std::string problem = spacing_problem(cropped.spacing_mm, plan);
  if (!problem.empty()) throw DataError(cropped.place(0) + ": " + problem);
  const Regridding regridding(cropped, plan);
  Preprocessed result;
  result.channels = cropped.channels;
  result.spacing_mm = regridding.spacing_mm;
  result.image = std::move(cropped.image);
  result.label = std::move(cropped.label);
  regridding.apply(result.image, cropped.channels, between);
  regridding.apply(result.label, between);
  std::span<const Label> mask;
  if (plan.normalize_inside_mask) {
    if (mask_source == MaskSource::image) regridding.apply(cropped.mask, between);
    mask = mask_source == MaskSource::image ? cropped.mask.values : result.label.values;
  }
  const auto voxels = static_cast<std::size_t>(result.shape().size());
  for (std::size_t c = 0; c < static_cast<std::size_t>(cropped.channels); ++c) {
    const std::span<float> channel(result.image.data() + c * voxels, voxels);
    with_context(cropped.place(static_cast<int>(c)), [&] {
      if (plan.normalization.at(c) == planning::kCtScheme) {
        normalize_ct(channel, plan.intensities.at(c));
      } else {
        z_score(channel, mask);
      }
    });
  }
  return result;
}

storage::CaseInfo placement(const storage::ImageGeometry& source,
                            const geometry::Box& box,
                            const Preprocessed& volume,
                            const Plan& plan,
                            std::span<const std::int64_t> kept_slices) {
  storage::CaseInfo info;
  info.shape = volume.shape();
  info.spacing_mm = volume.spacing_mm;
  info.source = source;
  info.crop_start = box.start;
  info.crop_shape = box.shape;
  if (!kept_slices.empty()) {
    const auto kept = kept_slices.subspan(static_cast<std::size_t>(box.start[0]),
                                          static_cast<std::size_t>(box.shape.depth));
    info.crop_start[0] = kept.front();
    info.crop_shape.depth = kept.back() - kept.front() + 1;
    if (info.crop_shape.depth > box.shape.depth) info.kept_slices.assign(kept.begin(), kept.end());
  }
  std::copy(plan.axis_order.begin(), plan.axis_order.end(), info.axis_order.begin());
  return info;
}

}  // namespace regionwise::preprocessing

#include "preprocessing/restore.hpp"

#include <cassert>
#include <utility>
#include <vector>

#include "preprocessing/resampling.hpp"
#include "storage/orientation.hpp"

namespace regionwise::preprocessing {

Restorer::Restorer(const storage::CaseInfo& info, std::int64_t classes)
    : crop_start_(info.crop_start),
      kept_slices_(info.kept_slices),
      classes_(classes),
      from_{info.shape.height, info.shape.width} {
  const storage::ImageGeometry canonical = storage::canonical_geometry(info.source);
  labels_ = Volume<Label>(canonical.shape);
  Spacing3 original{};
  for (std::size_t i = 0; i < 3; ++i) {
    axis_order_[i] = static_cast<std::size_t>(info.axis_order[i]);
    original[i] = canonical.spacing_mm[axis_order_[i]];
  }
  cropped_ = transposed(info.kept_shape(), axis_order_);
  assert(cropped_.depth == info.shape.depth);
  const auto separate = separate_axis(original, info.spacing_mm);
  const auto kernel_along = [&](std::size_t axis) {
    return separate == axis ? geometry::Kernel::nearest : geometry::Kernel::linear;
  };
  const Shape2 wide{from_.height, cropped_.width};
  if (from_.width != cropped_.width) columns_.emplace(from_, wide, kernel_along(2));
  if (from_.height != cropped_.height) {
    rows_.emplace(wide, Shape2{cropped_.height, cropped_.width}, kernel_along(1));
  }
}

void Restorer::add_slice(std::int64_t z, std::span<const float> probabilities) {
  const auto plane = static_cast<std::size_t>(from_.height * from_.width);
  const auto pixels = static_cast<std::size_t>(cropped_.slice_size());
  assert(probabilities.size() == static_cast<std::size_t>(classes_) * plane);
  std::vector<float> best(pixels);
  std::vector<Label> labels(pixels, 0);
  std::vector<float> wide(static_cast<std::size_t>(from_.height * cropped_.width));
  std::vector<float> resized(pixels);
  for (std::int64_t k = 0; k < classes_; ++k) {
    std::span<const float> one = probabilities.subspan(static_cast<std::size_t>(k) * plane, plane);
    if (columns_) {
      columns_->resize(one, std::span<float>(wide));
      one = wide;
    }
    if (rows_) {
      rows_->resize(one, std::span<float>(resized));
      one = resized;
    }
    for (std::size_t i = 0; i < pixels; ++i) {
      if (k > 0 && one[i] <= best[i]) continue;
      best[i] = one[i];
      labels[i] = static_cast<Label>(k);
    }
  }
  std::array<std::int64_t, 3> place{};
  for (std::int64_t y = 0; y < cropped_.height; ++y) {
    for (std::int64_t x = 0; x < cropped_.width; ++x) {
      place[axis_order_[0]] = z;
      place[axis_order_[1]] = y;
      place[axis_order_[2]] = x;
      const std::int64_t canonical_z = kept_slices_.empty()
                                           ? place[0] + crop_start_[0]
                                           : kept_slices_[static_cast<std::size_t>(place[0])];
      labels_.at(canonical_z, place[1] + crop_start_[1], place[2] + crop_start_[2]) =
          labels[static_cast<std::size_t>(y * cropped_.width + x)];
    }
  }
}

}  // namespace regionwise::preprocessing

#include "planning/crop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "geometry/fill_holes.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {
namespace {

using sources::RawCase;

Volume<std::uint8_t> nonzero_mask(const RawCase& raw, const Shape3& shape) {
  Volume<std::uint8_t> mask(shape);
  const auto voxels = mask.values.size();
  for (int c = 0; c < raw.channels; ++c) {
    const float* channel = raw.image.data() + static_cast<std::size_t>(c) * voxels;
    for (std::size_t i = 0; i < voxels; ++i) {
      mask.values[i] |= static_cast<std::uint8_t>(channel[i] != 0.0F);
    }
  }
  geometry::fill_holes(mask);
  return mask;
}

/// Copies a box out of a volume.
template <class T>
void copy_box(const T* volume, const Shape3& shape, const geometry::Box& box, T* destination) {
  for (std::int64_t z = 0; z < box.shape.depth; ++z) {
    for (std::int64_t y = 0; y < box.shape.height; ++y) {
      const T* row = volume + ((z + box.start[0]) * shape.height + y + box.start[1]) * shape.width +
                     box.start[2];
      destination = std::copy_n(row, box.shape.width, destination);
    }
  }
}

void cut_image(RawCase& raw, CroppedCase& cropped) {
  if (cropped.box.shape == cropped.whole) {
    cropped.image = std::move(raw.image);
    return;
  }
  const auto voxels = static_cast<std::size_t>(cropped.whole.size());
  const auto kept = static_cast<std::size_t>(cropped.box.shape.size());
  cropped.image.resize(static_cast<std::size_t>(raw.channels) * kept);
  for (std::size_t c = 0; c < static_cast<std::size_t>(raw.channels); ++c) {
    copy_box(
        raw.image.data() + c * voxels, cropped.whole, cropped.box, cropped.image.data() + c * kept);
  }
}

void refuse_constant(const CroppedCase& one) {
  const std::size_t voxels = one.label.values.size();
  for (int c = 0; c < one.channels; ++c) {
    const auto first = one.image.begin() + static_cast<std::ptrdiff_t>(voxels) * c;
    const auto last = first + static_cast<std::ptrdiff_t>(voxels);
    if (std::any_of(first, last, [&](float value) { return value != *first; })) continue;
    throw DataError(one.place(c) +
                    ": every voxel has the same intensity; check the file or leave the case out");
  }
}

}  // namespace

std::string CroppedCase::place(int channel) const {
  std::string file;
  if (!image_files.empty()) {
    const bool one_each = std::ssize(image_files) == channels;
    file = image_files[one_each ? static_cast<std::size_t>(channel) : 0].string() + ": ";
  }
  return fmt::format("{}case {}, channel {}", file, id, channel);
}

double CroppedCase::size_reduction() const {
  return static_cast<double>(box.shape.size()) / static_cast<double>(whole.size());
}

CroppedCase crop_to_nonzero(RawCase raw) {
  CroppedCase cropped;
  cropped.id = raw.id;
  cropped.image_files = raw.image_files;
  cropped.channels = raw.channels;
  cropped.whole = raw.shape();
  cropped.spacing_mm = storage::canonical_geometry(raw.geometry).spacing_mm;
  const Volume<std::uint8_t> mask = nonzero_mask(raw, cropped.whole);
  cropped.box = geometry::bounding_box(mask.view());
  if (cropped.box.empty()) {
    throw DataError(
        fmt::format("{}case {}: every voxel is 0; check the file or leave the case out",
                    raw.image_files.empty() ? "" : raw.image_files.front().string() + ": ",
                    raw.id));
  }

  const Shape3& shape = cropped.box.shape;
  Volume<std::uint8_t> inside(shape);
  copy_box(mask.values.data(), cropped.whole, cropped.box, inside.values.data());
  cropped.mask = Volume<Label>(shape);
  std::transform(
      inside.values.begin(), inside.values.end(), cropped.mask.values.begin(), [](std::uint8_t in) {
        return in != 0 ? Label{0} : kOutside;
      });
  cropped.label = cropped.mask;
  if (!raw.label.values.empty()) {
    copy_box(raw.label.values.data(), cropped.whole, cropped.box, cropped.label.values.data());
    for (std::size_t i = 0; i < cropped.label.values.size(); ++i) {
      Label& label = cropped.label.values[i];
      if (label == 0) label = cropped.mask.values[i];  // labels outside the mask are kept
    }
  }

  cut_image(raw, cropped);
  refuse_constant(cropped);
  return cropped;
}

}  // namespace regionwise::planning

#include "sources/conversion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "geometry/pillow_resize.hpp"
#include "storage/orientation.hpp"

namespace regionwise::sources {
namespace {

template <class T>
std::span<const T> slice_of(const std::vector<T>& values, std::int64_t index, std::int64_t size) {
  return std::span(values).subspan(static_cast<std::size_t>(index * size),
                                   static_cast<std::size_t>(size));
}

/// Indices of the slices to keep, ascending: all of an image without label.
std::vector<std::int64_t> kept_slices(const RawCase& raw, const Shape3& shape, bool labelled_only) {
  std::vector<std::int64_t> kept;
  if (raw.label.values.empty()) {
    kept.resize(static_cast<std::size_t>(shape.depth));
    std::iota(kept.begin(), kept.end(), 0);
    return kept;
  }
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    const auto slice = slice_of(raw.label.values, z, shape.slice_size());
    const bool labelled =
        std::any_of(slice.begin(), slice.end(), [](Label label) { return label != 0; });
    if (labelled || !labelled_only) kept.push_back(z);
  }
  if (kept.empty()) {
    throw DataError(fmt::format(
        "{}case {}: no slice holds a label; check the label file or leave the case out with "
        "--skip-bad",
        raw.label_file.empty() ? "" : raw.label_file.string() + ": ",
        raw.id));
  }
  return kept;
}

std::vector<std::uint8_t> resize_labels(std::span<const Label> labels,
                                        Shape2 from,
                                        Shape2 to,
                                        ConversionPreset preset) {
  const std::vector<std::uint8_t> bytes(labels.begin(), labels.end());
  if (preset == ConversionPreset::paper) return geometry::pillow_nearest(bytes, from, to);
  std::vector<std::uint8_t> resized = geometry::pillow_bicubic(bytes, from, to);
  // The filter overshoots by up to 7%: no more than rounding with a few classes, but with many it
  // would name classes that there are not.
  const std::uint8_t largest = *std::max_element(bytes.begin(), bytes.end());
  for (std::uint8_t& label : resized) label = std::min(label, largest);
  return resized;
}

/// Moves the first voxel by `steps` voxels along array axis `axis`.
void move_origin(storage::ImageGeometry& grid, std::size_t axis, double steps) {
  for (auto& row : grid.world_from_voxel) row[3] += row[2 - axis] * steps;
}

/// The grid of resized slices: `depth` of them from `first` on.
storage::ImageGeometry converted_grid(storage::ImageGeometry grid,
                                      std::int64_t first,
                                      std::int64_t depth,
                                      Shape2 size,
                                      ConversionPreset preset) {
  const std::array<double, 2> factor = {
      static_cast<double>(grid.shape.height) / static_cast<double>(size.height),
      static_cast<double>(grid.shape.width) / static_cast<double>(size.width)};
  grid.shape = {depth, size.height, size.width};
  grid.nifti_header.clear();
  if (preset == ConversionPreset::authors) return grid;
  move_origin(grid, 0, static_cast<double>(first));
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t axis = i + 1;
    // A new voxel's centre is that of the `factor` old ones that it covers.
    move_origin(grid, axis, (factor[i] - 1) / 2);
    grid.spacing_mm[axis] *= factor[i];
    for (auto& row : grid.world_from_voxel) row[2 - axis] *= factor[i];
  }
  return grid;
}

Shape2 resized(const Shape2& slice, const SliceConversion& how) {
  return how.resize[0] > 0 ? Shape2{how.resize[0], how.resize[1]} : slice;
}

}  // namespace

storage::ImageGeometry largest_converted_grid(const storage::ImageGeometry& stored,
                                              const SliceConversion& how,
                                              ConversionPreset preset) {
  storage::ImageGeometry grid = storage::canonical_geometry(stored);
  const std::int64_t slices = grid.shape.depth;
  const Shape2 size = resized({grid.shape.height, grid.shape.width}, how);
  return converted_grid(std::move(grid), 0, slices, size, preset);
}

ConversionPreset parse_conversion_preset(const std::string& name) {
  if (name == "authors") return ConversionPreset::authors;
  if (name == "paper") return ConversionPreset::paper;
  throw UsageError(fmt::format("unknown preset \"{}\" (known: authors, paper)", name));
}

std::string to_string(ConversionPreset preset) {
  return preset == ConversionPreset::authors ? "authors" : "paper";
}

Json conversion_json(const SliceConversion& how, ConversionPreset preset) {
  return {{"resize", how.resize}, {"preset", to_string(preset)}};
}

Conversion parse_conversion(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Conversion conversion;
  conversion.how.resize = reader.get<std::array<std::int64_t, 2>>("resize");
  conversion.preset = parse_conversion_preset(reader.get<std::string>("preset"));
  reader.finish();
  return conversion;
}

RawCase convert_slices(const RawCase& raw, const SliceConversion& how, ConversionPreset preset) {
  const storage::ImageGeometry canonical = storage::canonical_geometry(raw.geometry);
  const Shape3 shape = canonical.shape;
  const Shape2 from{shape.height, shape.width};
  const Shape2 to = resized(from, how);
  const std::vector<std::int64_t> kept = kept_slices(raw, shape, how.labelled_only);
  const std::int64_t first = kept.front();
  const std::int64_t reach = kept.back() - first + 1;
  // Under `authors` what lies beyond a gap moves nearer, as in the published code.
  const bool has_gap = preset == ConversionPreset::paper && reach > std::ssize(kept);
  RawCase result;
  result.id = raw.id;
  result.channels = raw.channels;
  result.image_files = raw.image_files;
  result.label_file = raw.label_file;
  result.geometry =
      converted_grid(canonical, first, has_gap ? reach : std::ssize(kept), to, preset);
  for (const std::int64_t z : kept) {
    if (has_gap) result.kept_slices.push_back(z - first);
  }
  if (!raw.label.values.empty()) {
    result.label.shape = result.shape();
    result.label.values.reserve(static_cast<std::size_t>(result.label.shape.size()));
    for (const std::int64_t z : kept) {
      const auto labels =
          resize_labels(slice_of(raw.label.values, z, shape.slice_size()), from, to, preset);
      result.label.values.insert(result.label.values.end(), labels.begin(), labels.end());
    }
  }
  result.image.reserve(static_cast<std::size_t>(raw.channels * result.shape().size()));
  for (int c = 0; c < raw.channels; ++c) {
    for (const std::int64_t z : kept) {
      const auto slice = slice_of(raw.image, c * shape.depth + z, shape.slice_size());
      const std::vector<float> smaller = geometry::pillow_bicubic(slice, from, to);
      result.image.insert(result.image.end(), smaller.begin(), smaller.end());
    }
  }
  return result;
}

Volume<Label> label_on_grid(const RawCase& raw) {
  if (raw.kept_slices.empty()) return raw.label;
  Volume<Label> whole(storage::canonical_geometry(raw.geometry).shape, 0);
  const std::int64_t slice = whole.shape.slice_size();
  for (std::size_t i = 0; i < raw.kept_slices.size(); ++i) {
    const auto kept = slice_of(raw.label.values, static_cast<std::int64_t>(i), slice);
    std::copy(kept.begin(), kept.end(), whole.values.begin() + raw.kept_slices[i] * slice);
  }
  return whole;
}

}  // namespace regionwise::sources

#include "storage/dataset_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/orientation.hpp"
#include "storage/schema.hpp"
#include "storage/slice_reader.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kDatasetFormat = "regionwise/dataset";
constexpr int kDatasetVersion = 3;  // 3: kept_slices.
constexpr int kOldestVersion = 2;   // Version 1 has no order of axes.

using detail::extents_of;
using detail::require;

std::string group_of(const std::string& id) {
  return "/cases/" + id;
}

/// Identifies who is in which part, whatever the order of the cases.
std::string hash_of_splits(std::vector<std::pair<std::string, std::string>> splits) {
  std::sort(splits.begin(), splits.end());
  std::string lines;
  for (const auto& [id, split] : splits) lines += fmt::format("{}\t{}\n", id, split);
  return hash_text(lines);
}

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// Two texts of equal length.
TextPairs read_pairs(const Hdf5Reader& file,
                     const std::string& first_name,
                     const std::string& second_name) {
  const auto first = file.read_texts(first_name);
  const auto second = file.read_texts(second_name);
  require(first.size() == second.size(), file, second_name, "one for each of " + first_name);
  TextPairs pairs;
  for (std::size_t i = 0; i < first.size(); ++i) pairs.emplace_back(first[i], second[i]);
  return pairs;
}

void write_pairs(Hdf5Writer& file,
                 const std::string& first_name,
                 const std::string& second_name,
                 const TextPairs& pairs) {
  std::vector<std::string> first;
  std::vector<std::string> second;
  for (const auto& [a, b] : pairs) {
    first.push_back(a);
    second.push_back(b);
  }
  file.write_texts(first_name, first);
  file.write_texts(second_name, second);
}

/// Background outside the non-zero mask.
constexpr Label kOutside = -1;

/// Voxels of each class in each slice, [K, D].
std::vector<std::int64_t> count_classes(std::span<const Label> label,
                                        const Shape3& shape,
                                        int classes,
                                        const std::string& place) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes * shape.depth));
  for (std::size_t i = 0; i < label.size(); ++i) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): a label is a number, and may be negative.
    const int value = label[i];
    if (value == kOutside) continue;
    if (value < 0 || value >= classes) {
      throw DataError(fmt::format("{}: label {} in {} voxels, expected 0 to {}",
                                  place,
                                  value,
                                  std::count(label.begin(), label.end(), label[i]),
                                  classes - 1));
    }
    const auto z = static_cast<std::int64_t>(i) / shape.slice_size();
    ++counts[static_cast<std::size_t>(value * shape.depth + z)];
  }
  return counts;
}

bool lies_inside(const std::array<std::int64_t, 3>& start,
                 const Shape3& part,
                 const Shape3& whole) {
  const auto fits = [](std::int64_t first, std::int64_t size, std::int64_t limit) {
    return first >= 0 && size >= 1 && size <= limit && first <= limit - size;
  };
  return fits(start[0], part.depth, whole.depth) && fits(start[1], part.height, whole.height) &&
         fits(start[2], part.width, whole.width);
}

/// Ascending, from the first slice of the crop to its last.
bool are_slices_of_crop(const CaseInfo& info) {
  const auto& kept = info.kept_slices;
  if (kept.empty()) return true;
  const auto not_above = [](auto before, auto after) { return before >= after; };
  return kept.front() == info.crop_start[0] &&
         kept.back() == info.crop_start[0] + info.crop_shape.depth - 1 &&
         std::adjacent_find(kept.begin(), kept.end(), not_above) == kept.end();
}

bool is_finite(const ImageGeometry& geometry) {
  return std::ranges::all_of(geometry.world_from_voxel, [](const auto& row) {
    return std::ranges::all_of(row, [](double value) { return std::isfinite(value); });
  });
}

template <class File>
void check_case(const File& file, const CaseInfo& info) {
  const auto group = group_of(info.id);
  const auto header_size = info.source.nifti_header.size();
  require(!info.group.empty(), file, group, "a group");
  require(is_finite(info.source), file, group + "/world_from_voxel", "finite numbers");
  require(!info.split.empty(), file, group, "a split");
  require(detail::is_spacing(info.spacing_mm), file, group, "a spacing above 0 mm");
  require(detail::is_spacing(info.source.spacing_mm), file, group, "a source spacing above 0 mm");
  require(lies_inside(info.crop_start, info.crop_shape, canonical_geometry(info.source).shape),
          file,
          group,
          "a crop box inside the source image");
  require(are_slices_of_crop(info),
          file,
          group + "/kept_slices",
          "slices of the crop box in ascending order, its first and last among them");
  auto axes = info.axis_order;
  std::sort(axes.begin(), axes.end());
  require(axes == std::array<std::int64_t, 3>{0, 1, 2}, file, group, "a permutation as axis_order");
  require(header_size == 0 || header_size == 348 || header_size == 540,
          file,
          group + "/nifti_header",
          "0, 348 or 540 bytes");
}

void write_geometry(Hdf5Writer& file, const std::string& group, const CaseInfo& info) {
  const auto& source = info.source;
  file.attribute(group,
                 "crop_start",
                 std::vector<std::int64_t>(info.crop_start.begin(), info.crop_start.end()));
  file.attribute(group, "crop_shape", extents_of(info.crop_shape));
  if (!info.kept_slices.empty()) {
    file.write<std::int64_t>(
        group + "/kept_slices", {std::ssize(info.kept_slices)}, info.kept_slices);
  }
  file.attribute(group,
                 "axis_order",
                 std::vector<std::int64_t>(info.axis_order.begin(), info.axis_order.end()));
  file.attribute(group, "source_shape", extents_of(source.shape));
  file.attribute(group,
                 "source_spacing_mm",
                 std::vector<double>(source.spacing_mm.begin(), source.spacing_mm.end()));
  std::vector<double> affine;
  for (const auto& row : source.world_from_voxel)
    affine.insert(affine.end(), row.begin(), row.end());
  file.write<double>(group + "/world_from_voxel", {3, 4}, affine);
  const auto header_bytes = static_cast<std::int64_t>(source.nifti_header.size());
  file.write<std::uint8_t>(group + "/nifti_header", {header_bytes}, source.nifti_header);
}

void write_source_label(Hdf5Writer& file,
                        const std::string& group,
                        const CaseInfo& info,
                        const Volume<Label>& label,
                        int classes) {
  const auto name = group + "/source_label";
  const auto& shape = label.shape;
  require(shape == canonical_geometry(info.source).shape,
          file,
          name,
          "a label on the source's canonical grid");
  const auto [lowest, highest] = std::minmax_element(label.values.begin(), label.values.end());
  require(*lowest >= 0 && *highest < classes, file, name, fmt::format("0 to {}", classes - 1));
  file.write<Label>(name, extents_of(shape), label.values, {1, shape.height, shape.width});
  file.label_axes(name, {"D", "H", "W"});
}

ImageGeometry read_geometry(const Hdf5Reader& file, const std::string& group) {
  ImageGeometry source;
  source.shape = detail::read_shape(file, group, "source_shape");
  source.spacing_mm = detail::read_three_reals(file, group, "source_spacing_mm");
  const auto affine = file.read<double>(group + "/world_from_voxel", {3, 4});
  for (std::size_t row = 0; row < 3; ++row) {
    std::copy_n(affine.begin() + static_cast<std::ptrdiff_t>(4 * row),
                4,
                source.world_from_voxel[row].begin());
  }
  source.nifti_header = file.read<std::uint8_t>(group + "/nifti_header", {-1});
  return source;
}

/// The shape of a case's image, which must be [channels, D, H, W].
Shape3 read_image_shape(const Hdf5Reader& file, const std::string& group, std::int64_t channels) {
  const auto name = group + "/image";
  const auto extents = file.extents(name);
  const bool sensible = extents.size() == 4 && extents[0] == channels &&
                        std::all_of(extents.begin(), extents.end(), [](auto size) {
                          return size >= 1 && size <= detail::kLongestAxis;
                        });
  if (!sensible || file.element_type(name) != "float32") {
    throw DataError(fmt::format("{}: expected float32 [{},D,H,W], found {} {}",
                                detail::place(file.path(), name),
                                channels,
                                file.element_type(name),
                                detail::to_string(extents)));
  }
  return {extents[1], extents[2], extents[3]};
}

void check_label_shape(const Hdf5Reader& file, const std::string& group, const Shape3& shape) {
  const auto name = group + "/label";
  const auto found = file.extents(name);
  if (found == extents_of(shape) && file.element_type(name) == "int8") return;
  throw DataError(fmt::format("{}: expected int8 {} as the image, found {} {}",
                              detail::place(file.path(), name),
                              detail::to_string(extents_of(shape)),
                              file.element_type(name),
                              detail::to_string(found)));
}

/// Each slice's counts are of its voxels; those outside the mask are not counted.
void check_class_voxels(const Hdf5Reader& file, const CaseInfo& info, int classes) {
  for (std::int64_t z = 0; z < info.shape.depth; ++z) {
    std::int64_t left = info.shape.slice_size();
    for (int k = 0; k < classes; ++k) {
      const auto count = info.class_voxels[static_cast<std::size_t>(k * info.shape.depth + z)];
      require(count >= 0 && count <= left,
              file,
              group_of(info.id) + "/class_voxels",
              "counts of voxels");
      left -= count;
    }
  }
}

CaseInfo read_case(const Hdf5Reader& file, const std::string& id, int channels, int classes) {
  const auto group = group_of(id);
  CaseInfo info;
  info.id = id;
  info.group = detail::read_name(file, group, "group");
  info.split = detail::read_name(file, group, "split");
  info.shape = read_image_shape(file, group, channels);
  check_label_shape(file, group, info.shape);
  info.spacing_mm = detail::read_three_reals(file, group, "spacing_mm");
  info.source = read_geometry(file, group);
  info.crop_start = detail::read_three_integers(file, group, "crop_start");
  info.crop_shape = detail::read_shape(file, group, "crop_shape");
  if (file.exists(group + "/kept_slices")) {
    info.kept_slices = file.read<std::int64_t>(group + "/kept_slices", {-1});
  }
  info.axis_order = detail::read_three_integers(file, group, "axis_order");
  info.class_voxels = file.read<std::int64_t>(group + "/class_voxels", {classes, info.shape.depth});
  check_case(file, info);
  check_class_voxels(file, info, classes);
  if (!info.on_source_grid()) {
    const auto name = group + "/source_label";
    require(file.extents(name) == extents_of(canonical_geometry(info.source).shape),
            file,
            name,
            "a label on the source's canonical grid");
  }
  return info;
}

DatasetInfo read_info(const Hdf5Reader& file) {
  DatasetInfo info;
  info.name = detail::read_name(file, "/", "name");
  info.channels = detail::read_names(file, "/", "channels");
  info.class_names = detail::read_names(file, "/", "class_names");
  info.licence = file.text_attribute("/", "licence");
  info.citation = file.text_attribute("/", "citation");
  info.fingerprint = detail::read_json(file, "/fingerprint");
  info.plan = detail::read_json(file, "/plan");
  info.skipped = read_pairs(file, "/skipped/case", "/skipped/reason");
  if (file.exists("/source_files")) {
    info.source_files = read_pairs(file, "/source_files/path", "/source_files/hash");
  }
  require(!info.channels.empty(), file, "/", "channels");
  require(info.class_names.size() >= 2 && info.class_names.size() <= 128,
          file,
          "/",
          "2 to 128 class_names");
  return info;
}

}  // namespace

Shape3 CaseInfo::kept_shape() const {
  Shape3 shape = crop_shape;
  if (!kept_slices.empty()) shape.depth = std::ssize(kept_slices);
  return shape;
}

bool CaseInfo::on_source_grid() const {
  const Shape3 whole = canonical_geometry(source).shape;
  return axis_order == std::array<std::int64_t, 3>{0, 1, 2} && shape == whole &&
         crop_shape == whole && kept_slices.empty();
}

DatasetWriter::DatasetWriter(const std::filesystem::path& path, WriteOptions options)
    : file_(path, options) {
  file_.group("/cases");
}

void DatasetWriter::check(const CaseInfo& info,
                          std::span<const float> image,
                          std::span<const Label> label,
                          int channels,
                          int classes) const {
  detail::check_name(file_, info.id, "case id");
  detail::check_plain(file_.path(), group_of(info.id), {info.group, info.split});
  const auto group = group_of(info.id);
  const bool known = std::any_of(
      splits_.begin(), splits_.end(), [&](const auto& entry) { return entry.first == info.id; });
  require(!known, file_, group, "one case of this id, found a second");
  require(splits_.empty() || (channels == channels_ && classes == classes_),
          file_,
          group,
          fmt::format("{} channels and {} classes as in the cases before", channels_, classes_));
  check_case(file_, info);
  const auto voxels = static_cast<std::size_t>(info.shape.size());
  require(label.size() == voxels && image.size() == voxels * static_cast<std::size_t>(channels),
          file_,
          group,
          "an image and a label of the case's shape");
  const auto not_finite =
      std::count_if(image.begin(), image.end(), [](float value) { return !std::isfinite(value); });
  require(not_finite == 0,
          file_,
          group + "/image",
          fmt::format("finite values, found {} others", not_finite));
}

void DatasetWriter::add(CaseInfo info,
                        std::span<const float> image,
                        std::span<const Label> label,
                        int channels,
                        int classes,
                        const Volume<Label>& source_label) {
  check(info, image, label, channels, classes);
  channels_ = channels;
  classes_ = classes;
  const auto group = group_of(info.id);
  const auto& shape = info.shape;
  info.class_voxels = count_classes(label, shape, classes, detail::place(file_.path(), group));
  file_.group(group);
  file_.attribute(group, "group", info.group);
  file_.attribute(group, "split", info.split);
  file_.attribute(
      group, "spacing_mm", std::vector<double>(info.spacing_mm.begin(), info.spacing_mm.end()));
  write_geometry(file_, group, info);
  file_.write<float>(group + "/image",
                     extents_of(channels, shape),
                     image,
                     {channels, 1, shape.height, shape.width});
  file_.label_axes(group + "/image", {"C", "D", "H", "W"});
  file_.write<Label>(group + "/label", extents_of(shape), label, {1, shape.height, shape.width});
  file_.label_axes(group + "/label", {"D", "H", "W"});
  file_.write<std::int64_t>(group + "/class_voxels", {classes, shape.depth}, info.class_voxels);
  file_.label_axes(group + "/class_voxels", {"K", "D"});
  if (!info.on_source_grid()) write_source_label(file_, group, info, source_label, classes);
  splits_.emplace_back(info.id, info.split);
}

void DatasetWriter::finish(const DatasetInfo& info, const Provenance& provenance) {
  require(!splits_.empty(), file_, "/cases", "at least one case");
  require(info.channels.size() == static_cast<std::size_t>(channels_) &&
              info.class_names.size() == static_cast<std::size_t>(classes_),
          file_,
          "/",
          "names of as many channels and classes as the cases have");
  detail::check_plain(file_.path(), "/name", {info.name});
  detail::check_plain(file_.path(), "/channels", info.channels);
  detail::check_plain(file_.path(), "/class_names", info.class_names);
  file_.attribute("/", "name", info.name);
  file_.attribute("/", "channels", info.channels);
  file_.attribute("/", "class_names", info.class_names);
  file_.attribute("/", "licence", info.licence);
  file_.attribute("/", "citation", info.citation);
  file_.attribute("/", "split_hash", hash_of_splits(splits_));
  detail::write_json(file_, "/fingerprint", info.fingerprint);
  detail::write_json(file_, "/plan", info.plan);
  write_pairs(file_, "/skipped/case", "/skipped/reason", info.skipped);
  write_pairs(file_, "/source_files/path", "/source_files/hash", info.source_files);
  write_header(file_, kDatasetFormat, kDatasetVersion, provenance);
  file_.commit();
}

struct DatasetReader::Slices {
  SliceReader<float> image;
  SliceReader<Label> label;
};

DatasetReader::DatasetReader(const std::filesystem::path& path) : file_(path) {
  check_header(file_, kDatasetFormat, kDatasetVersion, kOldestVersion);
  info_ = read_info(file_);
  split_hash_ = file_.text_attribute("/", "split_hash");
  std::vector<std::pair<std::string, std::string>> splits;
  const std::vector<std::string> ids = file_.children("/cases");
  detail::check_plain(path, "/cases", ids);
  for (const auto& id : ids) {
    cases_.push_back(read_case(file_, id, channels(), classes()));
    slices_.emplace_back(new Slices{{group_of(id) + "/image", 1}, {group_of(id) + "/label", 0}});
    splits.emplace_back(id, cases_.back().split);
  }
  require(!cases_.empty(), file_, "/cases", "at least one case");
  require(hash_of_splits(splits) == split_hash_, file_, "/", "the split_hash of the cases' splits");
}

std::vector<std::size_t> DatasetReader::cases_of(const std::string& split) const {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    if (cases_[i].split == split) indices.push_back(i);
  }
  return indices;
}

std::vector<float> DatasetReader::image(std::size_t index) const {
  const auto& info = cases_.at(index);
  return file_.read<float>(group_of(info.id) + "/image", extents_of(channels(), info.shape));
}

Volume<Label> DatasetReader::label(std::size_t index) const {
  const auto& info = cases_.at(index);
  Volume<Label> label;
  label.shape = info.shape;
  label.values = file_.read<Label>(group_of(info.id) + "/label", extents_of(info.shape));
  for (Label& value : label.values) value = std::max<Label>(value, 0);
  return label;
}

Volume<Label> DatasetReader::source_label(std::size_t index) const {
  const auto& info = cases_.at(index);
  if (info.on_source_grid()) return label(index);
  Volume<Label> label;
  label.shape = canonical_geometry(info.source).shape;
  label.values = file_.read<Label>(group_of(info.id) + "/source_label", extents_of(label.shape));
  return label;
}

void DatasetReader::slice(std::size_t index,
                          std::int64_t z,
                          std::span<float> image_out,
                          std::span<Label> label_out) const {
  const Slices& slices = *slices_.at(index);
  slices.image.read(file_, z, image_out);
  slices.label.read(file_, z, label_out);
}

SourceList read_source_list(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  SourceList list;
  list.of_dataset = format_of(file) == kDatasetFormat;
  if (!list.of_dataset) return list;
  if (file.exists("/source_files")) {
    list.files = read_pairs(file, "/source_files/path", "/source_files/hash");
  }
  // Programs of before the list wrote the number of files, and no such number of phantoms.
  const Json configuration = detail::read_json(file, "/provenance/configuration");
  list.complete = !list.files.empty() || configuration.value("source_files", 0) == 0;
  return list;
}

}  // namespace regionwise::storage

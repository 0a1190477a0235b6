#include "storage/maps_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "storage/hdf5_detail.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kMapsFormat = "regionwise/maps";
constexpr int kMapsVersion = 1;

std::string dataset_of(const std::string& case_id) {
  return fmt::format("/cases/{}/map", case_id);
}

/// The simple members of the specification as attributes, for whoever lists the file.
void write_members(Hdf5Writer& file, const std::string& dataset, const Json& specification) {
  if (!specification.is_object()) return;
  for (const auto& [key, value] : specification.items()) {
    if (value.is_string()) file.attribute(dataset, key, value.get<std::string>());
    if (value.is_boolean()) file.attribute(dataset, key, value.get<bool>());
    if (value.is_number_integer()) file.attribute(dataset, key, value.get<std::int64_t>());
    if (value.is_number_float()) file.attribute(dataset, key, value.get<double>());
  }
}

}  // namespace

MapsWriter::MapsWriter(const std::filesystem::path& path,
                       WriteOptions options,
                       const Json& specification,
                       const std::vector<std::string>& class_names,
                       const std::string& dataset_hash)
    : file_(path, options), classes_(static_cast<std::int64_t>(class_names.size())) {
  detail::write_json(file_, "/specification", specification);
  write_members(file_, "/specification", specification);
  file_.attribute("/", "class_names", class_names);
  file_.attribute("/", "dataset_hash", dataset_hash);
  file_.group("/cases");
}

void MapsWriter::add(const std::string& case_id, Shape3 shape, std::span<const float> map) {
  detail::check_name(file_, case_id, "case id");
  const auto dataset = dataset_of(case_id);
  detail::require(map.size() == static_cast<std::size_t>(classes_ * shape.size()),
                  file_,
                  dataset,
                  fmt::format("{} values per voxel of the case", classes_));
  file_.write<float>(
      dataset, detail::extents_of(classes_, shape), map, {classes_, 1, shape.height, shape.width});
  file_.label_axes(dataset, {"K", "D", "H", "W"});
}

void MapsWriter::finish(const Provenance& provenance) {
  write_header(file_, kMapsFormat, kMapsVersion, provenance);
  file_.commit();
}

MapsReader::MapsReader(const std::filesystem::path& path) : file_(path) {
  check_header(file_, kMapsFormat, kMapsVersion);
  specification_ = detail::read_json(file_, "/specification");
  class_names_ = detail::read_names(file_, "/", "class_names");
  if (file_.has_attribute("/", "dataset_hash")) {
    dataset_hash_ = file_.text_attribute("/", "dataset_hash");
  }
  constexpr const char* kInput = "/provenance/inputs/1";
  if (file_.exists(kInput) && file_.has_attribute(kInput, "path")) {
    dataset_path_ = file_.text_attribute(kInput, "path");
  }
  case_ids_ = file_.children("/cases");
  detail::check_plain(path, "/cases", case_ids_);
  for (const auto& id : case_ids_) {
    shape(id);
    slices_.push_back(std::make_shared<const SliceReader<float>>(dataset_of(id), 1));
  }
}

Shape3 MapsReader::shape(const std::string& case_id) const {
  if (!std::binary_search(case_ids_.begin(), case_ids_.end(), case_id)) {
    throw DataError(fmt::format("{}: holds no map of case {}", path().string(), case_id));
  }
  const auto name = dataset_of(case_id);
  const auto extents = file_.extents(name);
  const auto classes = static_cast<std::int64_t>(class_names_.size());
  if (extents.size() != 4 || extents[0] != classes || file_.element_type(name) != "float32") {
    throw DataError(fmt::format("{}: expected float32 [{},D,H,W], found {} {}",
                                detail::place(path(), name),
                                classes,
                                file_.element_type(name),
                                detail::to_string(extents)));
  }
  for (const std::int64_t extent : extents) {
    detail::require(extent >= 1 && extent <= detail::kLongestAxis,
                    file_,
                    name,
                    fmt::format("extents from 1 to {}", detail::kLongestAxis));
  }
  return {extents[1], extents[2], extents[3]};
}

std::vector<float> MapsReader::map(const std::string& case_id) const {
  shape(case_id);
  return file_.read<float>(dataset_of(case_id));
}

void MapsReader::slice(const std::string& case_id, std::int64_t z, std::span<float> out) const {
  const auto found = std::ranges::lower_bound(case_ids_, case_id);
  if (found == case_ids_.end() || *found != case_id) shape(case_id);  // which says so
  slices_[static_cast<std::size_t>(found - case_ids_.begin())]->read(file_, z, out);
}

}  // namespace regionwise::storage

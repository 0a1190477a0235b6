#include "storage/sign_record.hpp"

#include <fmt/format.h>

#include "storage/schema.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kGroup = "/signs";

/// Numbered from 1, with zeros before so that they sort.
std::string slice_group(std::size_t index) {
  return fmt::format("{}/slices/{:04}", kGroup, index + 1);
}

void write_slice(Hdf5Writer& file, const std::string& group, const SignRecord::Slice& slice) {
  file.group(group);
  file.attribute(group, "case_id", slice.case_id);
  file.attribute(group, "slice", slice.index);
  const std::int64_t pixels = slice.height * slice.width;
  detail::require(std::ssize(slice.labels) == pixels, file, group + "/label", "a label a pixel");
  file.write<std::uint8_t>(group + "/label", {slice.height, slice.width}, slice.labels);
  file.label_axes(group + "/label", {"H", "W"});
  const std::int64_t epochs = pixels == 0 ? 0 : std::ssize(slice.negatives) / pixels;
  detail::require(std::ssize(slice.negatives) == epochs * pixels,
                  file,
                  group + "/negatives",
                  "a count a pixel and epoch");
  file.write<std::uint8_t>(
      group + "/negatives", {epochs, slice.height, slice.width}, slice.negatives);
  file.label_axes(group + "/negatives", {"epoch", "H", "W"});
}

SignRecord::Slice read_slice(const Hdf5Reader& file,
                             const std::string& group,
                             std::int64_t epochs) {
  SignRecord::Slice slice;
  slice.case_id = detail::read_name(file, group, "case_id");
  slice.index = file.integer_attribute(group, "slice");
  slice.labels = file.read<std::uint8_t>(group + "/label", {-1, -1});
  const Extents extents = file.extents(group + "/label");
  slice.height = extents[0];
  slice.width = extents[1];
  slice.negatives =
      file.read<std::uint8_t>(group + "/negatives", {epochs, slice.height, slice.width});
  return slice;
}

}  // namespace

void write_signs(Hdf5Writer& file, const std::optional<SignRecord>& signs) {
  if (!signs) return;
  const auto epochs = std::ssize(signs->epochs);
  const std::int64_t counts = epochs == 0 ? 0 : std::ssize(signs->pixels) / epochs;
  detail::require(std::ssize(signs->pixels) == epochs * counts,
                  file,
                  "/signs/pixels",
                  "as many counts at each epoch");
  file.group(kGroup);
  file.attribute(kGroup, "asked", signs->asked);
  detail::write_json(file, "/signs/map", signs->map);
  file.write<std::int64_t>("/signs/epochs", {epochs}, signs->epochs);
  file.write<std::int64_t>("/signs/pixels", {epochs, counts}, signs->pixels);
  file.label_axes("/signs/pixels", {"epoch", "negatives"});
  file.group("/signs/slices");
  for (std::size_t i = 0; i < signs->slices.size(); ++i) {
    write_slice(file, slice_group(i), signs->slices[i]);
  }
}

std::optional<SignRecord> read_signs(const Hdf5Reader& file) {
  if (!file.exists(kGroup)) return std::nullopt;
  SignRecord signs;
  signs.asked = file.integers_attribute(kGroup, "asked");
  signs.map = detail::read_json(file, "/signs/map");
  signs.epochs = file.read<std::int64_t>("/signs/epochs", {-1});
  signs.pixels = file.read<std::int64_t>("/signs/pixels", {std::ssize(signs.epochs), -1});
  for (const std::string& name : file.children("/signs/slices")) {
    signs.slices.push_back(
        read_slice(file, fmt::format("{}/slices/{}", kGroup, name), std::ssize(signs.epochs)));
  }
  return signs;
}

}  // namespace regionwise::storage

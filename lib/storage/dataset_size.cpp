#include "storage/dataset_size.hpp"

namespace regionwise::storage {
namespace {

/// HDF5's index of chunks (a B-tree of version 1) with its default of 64 entries a node.
constexpr std::int64_t kEntries = 64;
/// A node that grows at its end is split so that the first part keeps nine tenths.
constexpr std::int64_t kEntriesAfterSplit = 57;
/// Group, object headers, attributes and axis names of a case; affine and NIfTI header.
constexpr std::uintmax_t kHeaders = std::uintmax_t{7} << 10;
constexpr std::uintmax_t kSealOfChunk = 24;
constexpr std::uintmax_t kTables = std::uintmax_t{32} << 10;
constexpr std::uintmax_t kTablesPerCase = 256;

/// One chunk a slice, of an array of `rank` axes.
std::uintmax_t index_bytes(std::int64_t slices, std::uintmax_t rank) {
  const std::uintmax_t key = 8 + 8 * (rank + 1);
  const std::uintmax_t node = 24 + kEntries * 8 + (kEntries + 1) * key;
  std::int64_t nodes = 1;
  for (std::int64_t level = slices; level > kEntries;) {
    level = (level + kEntriesAfterSplit - 1) / kEntriesAfterSplit;
    nodes += level;
  }
  const std::uintmax_t sealed = kSealOfChunk * static_cast<std::uintmax_t>(slices);
  return node * static_cast<std::uintmax_t>(nodes) + sealed;
}

std::uintmax_t label_bytes(const Shape3& shape) {
  return static_cast<std::uintmax_t>(shape.size()) * sizeof(Label) + index_bytes(shape.depth, 3);
}

}  // namespace

std::uintmax_t case_bytes(const CaseContent& content) {
  const auto voxels = static_cast<std::uintmax_t>(content.shape.size());
  const auto slices = static_cast<std::uintmax_t>(content.shape.depth);
  const auto channels = static_cast<std::uintmax_t>(content.channels);
  std::uintmax_t bytes = voxels * channels * sizeof(float) + index_bytes(content.shape.depth, 4);
  bytes += label_bytes(content.shape);
  if (content.source_label.size() > 0) bytes += label_bytes(content.source_label);
  const std::uintmax_t counts =
      static_cast<std::uintmax_t>(content.classes) * slices * sizeof(std::int64_t);
  return bytes + counts + kHeaders;
}

std::uintmax_t table_bytes(std::int64_t cases) {
  return kTables + static_cast<std::uintmax_t>(cases) * kTablesPerCase;
}

}  // namespace regionwise::storage

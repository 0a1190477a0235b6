#include "storage/chunk_reader.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <cassert>
#include <memory>
#include <new>
#include <utility>

#include "core/error.hpp"
#include "core/multiversion.hpp"
#include "storage/descriptor.hpp"
#include "storage/hdf5_detail.hpp"

namespace regionwise::storage {
namespace {

/// Puts byte b of element i, which the shuffle filter has at b × count + i, back to its place.
template <std::size_t bytes>
REGIONWISE_INLINE void unshuffle_elements(const std::byte* in, std::byte* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t b = 0; b < bytes; ++b) out[bytes * i + b] = in[b * count + i];
  }
}

REGIONWISE_MULTIVERSION
void unshuffle(const std::byte* __restrict in,
               std::byte* __restrict out,
               std::size_t count,
               std::size_t bytes) {
  if (bytes == 4) return unshuffle_elements<4>(in, out, count);
  for (std::size_t b = 0; b < bytes; ++b) {
    for (std::size_t i = 0; i < count; ++i) out[bytes * i + b] = in[b * count + i];
  }
}

/// What inflating a chunk needs beside its result; a thread keeps its own from slice to slice.
struct Workspace {
  std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor{
      nullptr, libdeflate_free_decompressor};
  std::vector<std::byte> stored;    ///< As in the file.
  std::vector<std::byte> shuffled;  ///< Inflated.

  /// std::bad_alloc where there is no memory for it.
  static Workspace& of_this_thread() {
    thread_local Workspace workspace;
    if (workspace.decompressor == nullptr) {
      workspace.decompressor.reset(libdeflate_alloc_decompressor());
      if (workspace.decompressor == nullptr) throw std::bad_alloc();
    }
    return workspace;
  }

  /// Whether `stored` inflates to exactly `out`.
  bool inflate(std::span<std::byte> out) const {
    return libdeflate_zlib_decompress(
               decompressor.get(), stored.data(), stored.size(), out.data(), out.size(), nullptr) ==
           LIBDEFLATE_SUCCESS;
  }
};

}  // namespace

template <class T>
std::optional<ChunkReader> ChunkReader::open(const Hdf5Reader& file,
                                             const std::string& dataset,
                                             std::size_t axis) {
  const auto lock = detail::enter_hdf5();
  return open_bytes(file, dataset, axis, detail::ElementType<T>::memory());
}

std::optional<ChunkReader> ChunkReader::open_bytes(const Hdf5Reader& file,
                                                   const std::string& dataset,
                                                   std::size_t axis,
                                                   hid_t memory_type) {
  const Handle opened(H5Dopen2(file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!opened) return {};
  const Handle type(H5Dget_type(opened.get()), H5Tclose);
  const Handle properties(H5Dget_create_plist(opened.get()), H5Pclose);
  if (H5Tequal(type.get(), memory_type) <= 0) return {};
  if (H5Pget_layout(properties.get()) != H5D_CHUNKED) return {};
  Extents expected = file.extents(dataset);
  if (axis >= expected.size()) return {};
  const std::int64_t count = std::exchange(expected[axis], 1);
  std::vector<hsize_t> chunk(expected.size());
  H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());

  ChunkReader reader;
  reader.place_ = detail::place(file.path(), dataset);
  reader.seal_ = file.seal();
  reader.descriptor_ = file.descriptor();
  reader.element_bytes_ = reader.chunk_bytes_ = H5Tget_size(type.get());
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (chunk[i] != static_cast<hsize_t>(expected[i])) return {};
    reader.chunk_bytes_ *= chunk[i];
  }
  if (!reader.read_filters(properties.get()) ||
      !reader.find_chunks(opened.get(), chunk.size(), axis, count)) {
    return {};
  }
  return reader;
}

/// False for other filters than shuffle before deflate.
bool ChunkReader::read_filters(hid_t properties) {
  const int filters = H5Pget_nfilters(properties);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    const auto filter = H5Pget_filter2(
        properties, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
    const bool in_order = !deflated_ && (filter == H5Z_FILTER_DEFLATE || !shuffled_);
    if (!in_order) return false;
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE) return false;
    (filter == H5Z_FILTER_DEFLATE ? deflated_ : shuffled_) = true;
  }
  return deflated_ || !shuffled_;
}

/// False where one was never written or left out a filter.
bool ChunkReader::find_chunks(hid_t dataset,
                              std::size_t rank,
                              std::size_t axis,
                              std::int64_t count) {
  std::vector<hsize_t> start(rank, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    start[axis] = static_cast<hsize_t>(i);
    unsigned filters_left_out = 0;
    haddr_t offset = HADDR_UNDEF;
    hsize_t bytes = 0;
    const herr_t found =
        H5Dget_chunk_info_by_coord(dataset, start.data(), &filters_left_out, &offset, &bytes);
    if (found < 0 || offset == HADDR_UNDEF || filters_left_out != 0) return false;
    if (!deflated_ && bytes != chunk_bytes_) return false;
    chunks_.push_back({offset, bytes});
  }
  return true;
}

void ChunkReader::read_stored(const Chunk& chunk, std::span<std::byte> out) const {
  detail::read_exactly(descriptor_, chunk.offset, out, place_);
  if (seal_ != nullptr) seal_->check(chunk.offset, out);
}

void ChunkReader::read(std::int64_t index, std::span<std::byte> out) const {
  assert(out.size() == chunk_bytes_);
  const Chunk& chunk = chunks_.at(static_cast<std::size_t>(index));
  if (!deflated_) return read_stored(chunk, out);
  // Deflate expands by a few bytes at most; more is damage, and is refused before memory is taken.
  const std::uint64_t most = libdeflate_zlib_compress_bound(nullptr, chunk_bytes_) + 1024;
  const auto damaged = [&] {
    return DataError(place_ + ": cannot be read: its compressed data are damaged");
  };
  if (chunk.bytes > most) throw damaged();
  Workspace& workspace = Workspace::of_this_thread();
  workspace.stored.resize(chunk.bytes);
  read_stored(chunk, workspace.stored);
  if (!shuffled_ || element_bytes_ == 1) {
    if (!workspace.inflate(out)) throw damaged();
    return;
  }
  workspace.shuffled.resize(chunk_bytes_);
  if (!workspace.inflate(workspace.shuffled)) throw damaged();
  unshuffle(workspace.shuffled.data(), out.data(), chunk_bytes_ / element_bytes_, element_bytes_);
}

template std::optional<ChunkReader> ChunkReader::open<float>(const Hdf5Reader&,
                                                             const std::string&,
                                                             std::size_t);
template std::optional<ChunkReader> ChunkReader::open<std::int8_t>(const Hdf5Reader&,
                                                                   const std::string&,
                                                                   std::size_t);

}  // namespace regionwise::storage

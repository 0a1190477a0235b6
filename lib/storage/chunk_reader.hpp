#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/hdf5.hpp"

namespace regionwise::storage {

/// Reads whole chunks of a data set past HDF5: where they lie is asked of HDF5 once, after that
/// they are read, inflated and unshuffled without the lock that all of HDF5 shares, by any number
/// of threads at once.
class ChunkReader {
 public:
  /// For a data set of T in this machine's byte order that is chunked along `axis` alone, one index
  /// a chunk, and stored as it is or with shuffle and deflate. Nothing where it is not, or a chunk
  /// was never written: such data sets are left to HDF5 (`Hdf5Reader::read_block`). The file must
  /// stay open.
  template <class T>
  static std::optional<ChunkReader> open(const Hdf5Reader& file,
                                         const std::string& dataset,
                                         std::size_t axis);

  std::int64_t chunks() const { return std::ssize(chunks_); }
  std::size_t chunk_bytes() const { return chunk_bytes_; }
  /// Fills `out` (chunk_bytes) with chunk `index` in C order. DataError where the file is damaged.
  void read(std::int64_t index, std::span<std::byte> out) const;

 private:
  struct Chunk {
    std::uint64_t offset = 0;  ///< In the file.
    std::uint64_t bytes = 0;   ///< As stored.
  };

  ChunkReader() = default;
  static std::optional<ChunkReader> open_bytes(const Hdf5Reader& file,
                                               const std::string& dataset,
                                               std::size_t axis,
                                               hid_t memory_type);
  bool read_filters(hid_t properties);
  bool find_chunks(hid_t dataset, std::size_t rank, std::size_t axis, std::int64_t count);
  void read_stored(const Chunk& chunk, std::span<std::byte> out) const;

  std::string place_;           ///< file:/object, for messages.
  const Seal* seal_ = nullptr;  ///< The file's, which compares what is read.
  int descriptor_ = -1;         ///< The file's.
  bool deflated_ = false;
  bool shuffled_ = false;
  std::size_t element_bytes_ = 1;
  std::size_t chunk_bytes_ = 0;
  std::vector<Chunk> chunks_;
};

}  // namespace regionwise::storage

#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "storage/chunk_reader.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::storage {

/// Slices of one data set of T, any number of threads at once: past HDF5 where that can be
/// (ChunkReader), else through HDF5, which says what is wrong.
template <class T>
class SliceReader {
 public:
  SliceReader(std::string dataset, std::size_t axis);

  /// Slice z along the axis into `out`, which has as many elements. `file`: always the same, open.
  void read(const Hdf5Reader& file, std::int64_t z, std::span<T> out) const;

 private:
  std::string dataset_;
  std::size_t axis_;
  mutable std::once_flag opened_;
  mutable std::optional<ChunkReader> chunks_;
};

}  // namespace regionwise::storage

#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "storage/complete_file.hpp"
#include "storage/hdf5_reader.hpp"

namespace regionwise::storage {

struct WriteOptions {
  int compress = 0;        ///< Deflate level 0 … 9 of chunked data sets; 0: none.
  bool overwrite = false;  ///< Replace a finished file (`--force`); else it is an IoError.
};

/// Writes one HDF5 file, complete or not at all: everything goes to a temporary file beside `path`,
/// which `commit()` seals (seal.hpp), syncs and renames. Without `commit()` the temporary file is
/// removed. The same calls write the same bytes (no times inside). Groups on the way to an object
/// are made as needed. One file is written by one thread; other files may be read and written
/// meanwhile.
class Hdf5Writer {
 public:
  Hdf5Writer(std::filesystem::path path, WriteOptions options = {});
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  const std::filesystem::path& path() const { return target_.path(); }
  void group(const std::string& path);
  /// Writes a whole data set; `chunk` empty: contiguous.
  template <class T>
  void write(const std::string& dataset,
             const Extents& extents,
             std::span<const T> values,
             const Extents& chunk = {});
  /// Makes a chunked data set to be filled by `write_block`.
  template <class T>
  void create(const std::string& dataset, const Extents& extents, const Extents& chunk);
  template <class T>
  void write_block(const std::string& dataset,
                   const Extents& offset,
                   const Extents& count,
                   std::span<const T> values);
  void write_text(const std::string& dataset, const std::string& text);
  void write_texts(const std::string& dataset, const std::vector<std::string>& texts);
  /// Names the axes of a data set, HDF5 dimension scales' `DIMENSION_LABELS`.
  void label_axes(const std::string& dataset, const std::vector<std::string>& names);

  void attribute(const std::string& object, const std::string& name, const std::string& text);
  void attribute(const std::string& object, const std::string& name, const char* text) {
    attribute(object, name, std::string(text));
  }
  void attribute(const std::string& object, const std::string& name, std::int64_t value);
  void attribute(const std::string& object, const std::string& name, std::uint64_t value);
  template <std::integral T>
  void attribute(const std::string& object, const std::string& name, T value) {
    attribute(object, name, static_cast<std::int64_t>(value));
  }
  void attribute(const std::string& object, const std::string& name, double value);
  void attribute(const std::string& object,
                 const std::string& name,
                 const std::vector<double>& values);
  void attribute(const std::string& object,
                 const std::string& name,
                 const std::vector<std::int64_t>& values);
  void attribute(const std::string& object,
                 const std::string& name,
                 const std::vector<std::string>& texts);

  void commit();

  hid_t id() const { return file_.get(); }

 private:
  CompleteFile target_;
  WriteOptions options_;
  Handle file_;
  std::vector<std::string> datasets_;  ///< Of numbers, in the order they were made.

  Handle create_dataset(const std::string& name,
                        hid_t stored_type,
                        const Extents& extents,
                        const Extents& chunk,
                        int compress);
  void write_all_texts(const std::string& name,
                       const Extents& extents,
                       const std::vector<std::string>& texts);
  std::vector<ByteRange> bulk(hid_t file) const;
};

}  // namespace regionwise::storage

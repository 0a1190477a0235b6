#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/complete_file.hpp"
#include "storage/hdf5_handle.hpp"
#include "storage/seal.hpp"

namespace regionwise::storage {

using Extents = std::vector<std::int64_t>;

/// Reads one HDF5 file. Numeric element types T: float, double, int8_t, uint8_t, int32_t, int64_t,
/// uint64_t; what is stored must be of exactly that type, else DataError
/// `file:/object: expected float32 [3,4], found int8 [3,4]`. A file that cannot be opened is an
/// IoError; one that is not HDF5, or lacks an object, a DataError. Several threads may read at
/// once, and others write: each operation holds the lock that all of HDF5 shares in this process. A
/// sealed file (seal.hpp) is compared with its seal: the bulk of its numbers when they are first
/// read, all else when it is opened, before HDF5 sees it. DataError where they differ.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  bool exists(const std::string& object) const;
  std::vector<std::string> children(const std::string& group) const;  ///< Sorted names.
  Extents extents(const std::string& dataset) const;
  std::string element_type(const std::string& dataset) const;  ///< "float32", "int8" …

  template <class T>
  std::vector<T> read(const std::string& dataset) const;
  /// As `read`, and the extents must be these (-1: any).
  template <class T>
  std::vector<T> read(const std::string& dataset, const Extents& expected) const;
  /// Reads the block that starts at `offset` into `out` (its size is the product of `count`).
  template <class T>
  void read_block(const std::string& dataset,
                  const Extents& offset,
                  const Extents& count,
                  std::span<T> out) const;
  std::string read_text(const std::string& dataset) const;  ///< A scalar UTF-8 string.
  std::vector<std::string> read_texts(const std::string& dataset) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  std::int64_t integer_attribute(const std::string& object, const std::string& name) const;
  std::uint64_t unsigned_attribute(const std::string& object, const std::string& name) const;
  double real_attribute(const std::string& object, const std::string& name) const;
  std::vector<double> reals_attribute(const std::string& object, const std::string& name) const;
  std::vector<std::int64_t> integers_attribute(const std::string& object,
                                               const std::string& name) const;
  std::vector<std::string> texts_attribute(const std::string& object,
                                           const std::string& name) const;

  hid_t id() const { return file_.get(); }
  /// Null where the file has none: other programs', and those of older versions.
  const Seal* seal() const { return seal_.get(); }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const int> descriptor_;  ///< The seal's and HDF5's are of one file.
  std::shared_ptr<const Seal> seal_;
  Handle file_;
  mutable std::set<std::string> compared_;  ///< Data sets; under HDF5's lock.

  template <class T>
  std::vector<T> read_whole(const std::string& dataset, const Extents* expected) const;
  void compare_with_seal(const std::string& name, hid_t dataset) const;
};

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
  /// Copies an object with all below it from another file.
  void copy_from(const Hdf5Reader& source,
                 const std::string& object,
                 const std::string& destination);

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

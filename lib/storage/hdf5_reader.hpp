#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/descriptor.hpp"
#include "storage/hdf5_handle.hpp"
#include "storage/seal.hpp"

namespace regionwise::storage {

using Extents = std::vector<std::int64_t>;

/// Reads one HDF5 file. Numeric element types T: float, double, int8_t, uint8_t, int32_t, int64_t,
/// uint64_t; what is stored must be of exactly that type, else DataError
/// `file:/object: expected float32 [3,4], found int8 [3,4]`. A file that cannot be opened is an
/// IoError; one that is not HDF5, or lacks an object, a DataError, and so is what lies in another
/// file (links, virtual and external data sets). Several threads may read at
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
  /// Its elements; DataError where the file cannot hold as many as its extents promise.
  std::size_t size(const std::string& dataset) const;

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
  int descriptor() const { return descriptor_->get(); }  ///< Of the file, open for reading.
  /// Null where the file has none: other programs', and those of older versions.
  const Seal* seal() const { return seal_.get(); }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const detail::Descriptor> descriptor_;  ///< Of the file that HDF5 has open.
  std::shared_ptr<const Seal> seal_;
  Handle file_;
  mutable std::set<std::string> compared_;  ///< Data sets; under HDF5's lock.

  template <class T>
  std::vector<T> read_whole(const std::string& dataset, const Extents* expected) const;
  bool open();
  void compare_with_seal(const std::string& name, hid_t dataset) const;
};

}  // namespace regionwise::storage

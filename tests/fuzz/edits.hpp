#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/hdf5_handle.hpp"

/// HDF5 files that are sound for HDF5, but not what our readers expect. Damaged bytes end at the
/// seal, so the fuzzers of the schemas change a small valid file through HDF5 and seal it again.
namespace regionwise::testing {

/// Choices made of a fuzzer's bytes; 0 when they are used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool any() const { return !bytes_.empty(); }
  std::uint8_t byte();
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : byte() % limit; }
  /// Numbers that are on some edge, or eight bytes.
  std::int64_t integer();
  double real();
  /// A name, value or JSON that stands in some schema, a hostile text, or bytes.
  std::string text();
  /// 0 to 5 axes, some of them promising terabytes.
  std::vector<hsize_t> extents();

 private:
  std::span<const std::uint8_t> bytes_;
};

/// A file in memory, and its changed copies.
class EditableFile {
 public:
  /// Keeps the bytes of a finished file.
  explicit EditableFile(const std::filesystem::path& example);

  /// Writes the file to `path` with the edits that the bytes ask for (sixteen at most), sealed
  /// unless the first byte is odd. Edits that HDF5 refuses are passed over.
  void write_edited(const std::filesystem::path& path, std::span<const std::uint8_t> program) const;

 private:
  std::string bytes_;  ///< Without the seal.
  std::vector<std::string> objects_;
  std::vector<std::pair<std::string, std::string>> attributes_;  ///< Object and name.

  void edit(hid_t file, Choices& choices) const;
  const std::string& object(Choices& choices) const {
    return objects_[choices.below(objects_.size())];
  }
};

}  // namespace regionwise::testing

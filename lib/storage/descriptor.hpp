#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

/// Files by their descriptors: what the seal and the readers of chunks do past HDF5. Not for use
/// outside lib/storage.
namespace regionwise::storage::detail {

/// A file that is open until its owner ends.
class Descriptor {
 public:
  /// IoError, of `name`, where the file cannot be opened; `flags` as of open(2).
  Descriptor(const std::filesystem::path& file, int flags, const std::filesystem::path& name);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// Size in bytes of an open file, whatever has become of its name. IoError, of `name`.
std::uint64_t size_of(int descriptor, const std::string& name);

/// Whether both are of one file.
bool are_same_file(int a, int b);
/// Whether the name of an open file still leads to it.
bool lies_under(int descriptor, const std::filesystem::path& name);

/// Fills `out` from `offset` on. IoError where it cannot be read, DataError where the file ends
/// before; `place` names it there.
void read_exactly(int descriptor,
                  std::uint64_t offset,
                  std::span<std::byte> out,
                  const std::string& place);

/// Writes all of `bytes` where the file stands. IoError, of `name`.
void write_exactly(int descriptor, std::span<const std::byte> bytes, const std::string& name);

}  // namespace regionwise::storage::detail

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace regionwise::storage {

/// A run of a file's bytes, such as one stored chunk of a data set.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// What stands behind the HDF5 content of each of our files, which HDF5 does not see: hashes by
/// which a changed, torn or truncated file is recognised before HDF5 reads it (docs/file-format.md,
/// "The seal"). The bulk of a file, its data sets, has a hash for each chunk, compared when that is
/// first read; all else has one, compared when the file is opened. A guard against accidents, not
/// forgery.
class Seal {
 public:
  /// Appends a seal to a finished file. `bulk`: ranges that do not overlap; the rest of the file is
  /// the part that is compared at once. IoError, of `name`, where it cannot be read or written;
  /// RetryError once a signal comes meanwhile (core/interrupt.hpp).
  static void append(const std::filesystem::path& file,
                     std::vector<ByteRange> bulk,
                     const std::filesystem::path& name);

  /// The seal of a file, or nothing where it never had one: another program's, or an older
  /// version's. `descriptor` is open for reading and stays so for as long as the seal is used.
  /// DataError where the seal is lost (lost_seal.hpp), or where it, or what it says of the part
  /// that is not bulk, does not fit the file; `path` names it there.
  static std::shared_ptr<const Seal> read(int descriptor, const std::filesystem::path& path);

  /// DataError where a range of the bulk, just read into `bytes`, is not what was sealed. A range
  /// that is not part of the bulk was compared when the file was opened. Compared once; threads may
  /// call at once.
  void check(std::uint64_t offset, std::span<const std::byte> bytes) const;
  /// As `check`, and reads the range itself.
  void check_stored(const ByteRange& range) const;
  /// Compares what is not bulk once more, as it is now: IoError where the disk does not give it.
  void check_rest() const;
  /// Compares the whole bulk, whatever was compared before.
  void check_all() const;

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t hash = 0;
  };

  Seal() = default;
  const Entry* find(std::uint64_t offset) const;
  void compare(const Entry& entry, std::uint64_t bytes, std::uint64_t hash) const;

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::vector<Entry> entries_;  ///< By offset.
  std::uint64_t content_bytes_ = 0;
  std::uint64_t rest_hash_ = 0;
  mutable std::vector<std::atomic<bool>> compared_;
};

}  // namespace regionwise::storage

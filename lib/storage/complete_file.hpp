#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "storage/output_lock.hpp"

namespace regionwise::storage {

/// A file that appears complete or not at all: the content goes to `temporary()`, a file beside
/// `path`, which `commit()` syncs to the disk and renames. Without `commit()` it is removed. Until
/// then no other process can write `path`.
class CompleteFile {
 public:
  /// IoError where the folder does not exist, another process is writing `path`, or `path` is a
  /// link, or exists and `overwrite` is false.
  CompleteFile(std::filesystem::path path, bool overwrite);
  ~CompleteFile();
  CompleteFile(const CompleteFile&) = delete;
  CompleteFile& operator=(const CompleteFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Everything must have been written and closed.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::optional<OutputLock> lock_;  ///< Let go of after the temporary file is gone.
};

/// IoError where `path` is something that a new file cannot or may not replace: a folder, a device,
/// a pipe, or a symbolic link, whose target would stay as it is.
void check_replaceable(const std::filesystem::path& path);

/// Writes a text file, complete or not at all. IoError as above, or where it cannot be written.
void write_text(const std::filesystem::path& path, const std::string& text, bool overwrite);

/// Brings the names in the folder of `file` to the disk, where its file system can do that.
void sync_folder_of(const std::filesystem::path& file);

/// Makes a folder, and those that it lies in, where it does not exist. IoError where that fails.
void make_folder(const std::filesystem::path& folder);

/// "No space left on device" and the like.
std::string describe_errno(int error);

}  // namespace regionwise::storage

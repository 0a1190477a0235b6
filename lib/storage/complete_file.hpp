#pragma once

#include <filesystem>
#include <string>

namespace regionwise::storage {

/// A file that appears complete or not at all: the content goes to `temporary()`, a file beside
/// `path`, which `commit()` syncs to the disk and renames. Without `commit()` it is removed.
class CompleteFile {
 public:
  /// IoError where the folder does not exist, or `path` does and `overwrite` is false.
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
};

/// "No space left on device" and the like.
std::string describe_errno(int error);

}  // namespace regionwise::storage

#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace regionwise {

/// Reads a file from its beginning to its end, "-" being standard input. Unlike the streams of the
/// standard library it says why reading failed, and takes no failure for the end.
class FileBytes {
 public:
  /// IoError where it cannot be opened, or is a folder.
  explicit FileBytes(const std::filesystem::path& path);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  /// For messages: the path, or "standard input".
  const std::string& name() const { return name_; }
  /// Up to `piece.size()` bytes into `piece`; 0 at the end. IoError.
  std::size_t read(std::span<char> piece);

 private:
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace regionwise

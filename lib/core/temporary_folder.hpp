#pragma once

#include <filesystem>
#include <string>

namespace regionwise {

/// Removes a folder and all in it; of links the links alone. What cannot be removed stays. Instead
/// of std::filesystem::remove_all: of that, the Python packages of LibTorch 2.9 and later export
/// one that calls a function at address 0, and a program linked with them runs theirs (PyTorch's
/// issue 133437).
void remove_folder(const std::filesystem::path& folder) noexcept;

/// A new folder of this user alone, with a name that nobody knows before; removed with the object.
class TemporaryFolder {
 public:
  /// In the system's folder for such (TMPDIR). IoError where it cannot be made.
  TemporaryFolder();
  /// In `base`.
  explicit TemporaryFolder(const std::filesystem::path& base);
  ~TemporaryFolder() { remove_folder(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace regionwise

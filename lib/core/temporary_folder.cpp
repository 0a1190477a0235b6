#include "core/temporary_folder.hpp"

#include <fmt/format.h>
#include <ftw.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/error.hpp"

namespace regionwise {
namespace {

std::filesystem::path folder_of_system() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (!failed) return folder;
  throw IoError(fmt::format(
      "the folder for temporary files (TMPDIR, TMP, TEMP, TEMPDIR or /tmp) cannot be used: {}",
      failed.message()));
}

}  // namespace

void remove_folder(const std::filesystem::path& folder) noexcept {
  constexpr int kOpenFolders = 16;
  const auto remove = [](const char* path, const struct stat*, int, FTW*) {
    std::remove(path);
    return 0;
  };
  nftw(folder.c_str(), remove, kOpenFolders, FTW_DEPTH | FTW_PHYS);
}

TemporaryFolder::TemporaryFolder() : TemporaryFolder(folder_of_system()) {}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& base) {
  std::string name = (base / "regionwise-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw IoError(fmt::format("{}: cannot be made: {}", name, std::strerror(errno)));
  }
  path_ = name;
}

}  // namespace regionwise

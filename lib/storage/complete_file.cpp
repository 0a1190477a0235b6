#include "storage/complete_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace regionwise::storage {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// Distinct for every file that this process has under way.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> count{0};
  std::filesystem::path name = path;
  name += fmt::format(".tmp-{}-{}", ::getpid(), count++);
  return name;
}

/// 0 or the errno. A folder that cannot be opened or synced (some network file systems) is no
/// failure: the file itself has been synced.
int sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  const int close_error = ::close(descriptor) == 0 ? 0 : errno;
  return error != 0 ? error : close_error;
}

}  // namespace

std::string describe_errno(int error) {
  return std::generic_category().message(error);
}

CompleteFile::CompleteFile(std::filesystem::path path, bool overwrite) : path_(std::move(path)) {
  std::error_code ignored;
  const auto folder = folder_of(path_);
  if (std::filesystem::is_regular_file(folder, ignored)) {
    throw IoError(fmt::format("{}: {} is a file: name a folder", path_.string(), folder.string()));
  }
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw IoError(fmt::format(
        "{}: the folder {} does not exist: make it first", path_.string(), folder.string()));
  }
  check_replaceable(path_);
  lock_.emplace(path_);
  if (!overwrite && std::filesystem::exists(path_, ignored)) {
    throw IoError(fmt::format("{}: exists: use --force to replace it", path_.string()));
  }
  temporary_ = temporary_name(path_);
}

CompleteFile::~CompleteFile() {
  if (temporary_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void CompleteFile::commit() {
  if (const int error = sync(temporary_, O_RDWR); error != 0) {
    throw IoError(fmt::format("{}: cannot be written: {}", path_.string(), describe_errno(error)));
  }
  std::error_code error;
  std::filesystem::rename(temporary_, path_, error);
  if (error) {
    throw IoError(fmt::format("{}: cannot be written: {}", path_.string(), error.message()));
  }
  temporary_.clear();
  sync_folder_of(path_);
  lock_.reset();
}

void check_replaceable(const std::filesystem::path& path) {
  std::error_code absent;
  const auto refuse = [&](const char* what) {
    throw IoError(fmt::format("{}: is {}", path.string(), what));
  };
  if (std::filesystem::is_symlink(path, absent)) {
    refuse("a link: name the file that it leads to, or remove it");
  }
  if (std::filesystem::is_directory(path, absent)) refuse("a folder: name a file");
  if (std::filesystem::exists(path, absent) && !std::filesystem::is_regular_file(path, absent)) {
    refuse("a device or a pipe: name a file");
  }
}

void write_text(const std::filesystem::path& path, const std::string& text, bool overwrite) {
  CompleteFile file(path, overwrite);
  std::ofstream stream(file.temporary(), std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) {
    throw IoError(fmt::format("{}: cannot be written: {}", path.string(), describe_errno(errno)));
  }
  file.commit();
}

void sync_folder_of(const std::filesystem::path& file) {
  sync(folder_of(file), O_RDONLY | O_DIRECTORY);
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return;
  throw IoError(fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
}

}  // namespace regionwise::storage

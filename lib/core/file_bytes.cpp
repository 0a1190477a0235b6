#include "core/file_bytes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/error.hpp"
#include "core/interrupt.hpp"

namespace regionwise {
namespace {

IoError failed(const std::string& name, const char* what, int error) {
  return IoError(
      fmt::format("{}: cannot be {}: {}", name, what, std::generic_category().message(error)),
      error);
}

}  // namespace

FileBytes::FileBytes(const std::filesystem::path& path) {
  if (path == "-") {
    name_ = "standard input";
    descriptor_ = STDIN_FILENO;
    return;
  }
  name_ = path.string();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw IoError(name_ + ": is a folder, not a file");
  }
  // A pipe that nobody writes to is waited for, as any program does, until a signal comes.
  while ((descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) < 0) {
    if (errno != EINTR) throw failed(name_, "opened", errno);
    stop_if_interrupted();
  }
}

FileBytes::~FileBytes() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::size_t FileBytes::read(std::span<char> piece) {
  for (;;) {
    const auto count = ::read(descriptor_, piece.data(), piece.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw failed(name_, "read", errno);
    stop_if_interrupted();
  }
}

}  // namespace regionwise

#include "storage/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "storage/complete_file.hpp"

namespace regionwise::storage::detail {
namespace {

IoError failed(const std::string& place, const char* what) {
  const int error = errno;
  return IoError(fmt::format("{}: cannot be {}: {}", place, what, describe_errno(error)), error);
}

bool are_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Descriptor::Descriptor(const std::filesystem::path& file,
                       int flags,
                       const std::filesystem::path& name)
    : value_(::open(file.c_str(), flags | O_CLOEXEC)) {
  if (value_ < 0) throw failed(name.string(), "opened");
}

Descriptor::~Descriptor() {
  ::close(value_);
}

std::uint64_t size_of(int descriptor, const std::string& name) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw failed(name, "read");
  return static_cast<std::uint64_t>(status.st_size);
}

bool are_same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && are_same(first, second);
}

bool lies_under(int descriptor, const std::filesystem::path& name) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(name.c_str(), &named) == 0 &&
         are_same(open_file, named);
}

void read_exactly(int descriptor,
                  std::uint64_t offset,
                  std::span<std::byte> out,
                  const std::string& place) {
  while (!out.empty()) {
    const auto count = ::pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failed(place, "read");
    if (count == 0) throw DataError(place + ": cannot be read: the file is cut short");
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void write_exactly(int descriptor, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failed(name, "written");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace regionwise::storage::detail

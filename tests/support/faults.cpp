// A library that makes writing fail on purpose, to be loaded before a program (LD_PRELOAD):
//
//   FAULT_PATH=run.h5 FAULT=kill FAULT_AT=17 LD_PRELOAD=libfaults.so train …
//
// Counts what a program asks of files whose name holds FAULT_PATH: write, pwrite, ftruncate, fsync
// and rename, from 1. FAULT says what happens at number FAULT_AT:
//   kill   half of it is written, then SIGKILL
//   full   it and all later writes: "No space left on device"
//   short  it and all later writes take half of the bytes, and say so
//   error  it alone: "Input/output error"
//   hang   (of read and pread instead, in other threads than the first) it never returns
//   nolock every lock on such a file: "No locks available", as of a network file system without
// FAULT_FREE is the number of bytes that every file system says it has left.
// With FAULT_COUNT=file the number of calls is written there when the program ends.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class Fault { none, kill, full, cut, error, hang, nolock };

struct Plan {
  const char* path = std::getenv("FAULT_PATH");
  Fault fault = Fault::none;
  const char* free_bytes = std::getenv("FAULT_FREE");
  long at = 0;
  std::atomic<long> calls{0};

  Plan() {
    const char* name = std::getenv("FAULT");
    const char* number = std::getenv("FAULT_AT");
    at = number != nullptr ? std::atol(number) : 0;
    const auto is = [&](const char* other) { return name != nullptr && !std::strcmp(name, other); };
    if (is("kill")) fault = Fault::kill;
    if (is("full")) fault = Fault::full;
    if (is("short")) fault = Fault::cut;
    if (is("error")) fault = Fault::error;
    if (is("hang")) fault = Fault::hang;
    if (is("nolock")) fault = Fault::nolock;
  }
  ~Plan() {
    const char* count = std::getenv("FAULT_COUNT");
    if (count == nullptr) return;
    if (std::FILE* file = std::fopen(count, "w")) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
  bool watches(const char* name) const {
    return path != nullptr && name != nullptr && std::strstr(name, path) != nullptr;
  }
  bool watches(int descriptor) const {
    char link[64];
    char name[PATH_MAX + 1];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const auto length = ::readlink(link, name, PATH_MAX);
    if (length < 0) return false;
    name[length] = '\0';
    return watches(name);
  }
  /// What is to happen at this call.
  Fault next() {
    const long call = ++calls;
    const bool persists = fault == Fault::full || fault == Fault::cut;
    return call == at || (persists && call > at) ? fault : Fault::none;
  }
};

Plan& plan() {
  static Plan plan;
  return plan;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// `write(bytes)` writes so many of them.
template <class Write>
ssize_t faulty_write(int descriptor, std::size_t size, const Write& write) {
  if (plan().fault == Fault::hang || !plan().watches(descriptor)) return write(size);
  switch (plan().next()) {
    case Fault::kill:
      write(size / 2);
      std::raise(SIGKILL);
      break;
    case Fault::full:
      errno = ENOSPC;
      return -1;
    case Fault::error:
      errno = EIO;
      return -1;
    case Fault::cut:
      return write(size > 1 ? size / 2 : size);
    case Fault::hang:
    case Fault::nolock:
    case Fault::none:
      break;
  }
  return write(size);
}

/// For calls that write no bytes: a full disk does not keep them from succeeding.
template <class Call>
int faulty_call(bool watched, const Call& call) {
  if (!watched || plan().fault == Fault::hang) return call();
  switch (plan().next()) {
    case Fault::kill:
      std::raise(SIGKILL);
      break;
    case Fault::error:
      errno = EIO;
      return -1;
    default:
      break;
  }
  return call();
}

/// A read that may never return.
template <class Read>
ssize_t faulty_read(int descriptor, const Read& read) {
  const bool first_thread = ::gettid() == ::getpid();
  if (plan().fault != Fault::hang || first_thread || !plan().watches(descriptor)) return read();
  if (plan().next() == Fault::hang) {
    for (;;) ::pause();
  }
  return read();
}

/// What is left, as FAULT_FREE says, where the file system itself was found.
template <class Space>
int with_less_space(int found, Space* space) {
  if (found != 0 || plan().free_bytes == nullptr) return found;
  const auto blocks = static_cast<decltype(space->f_bavail)>(
      std::strtoull(plan().free_bytes, nullptr, 10) / space->f_frsize);
  space->f_bfree = blocks;
  space->f_bavail = blocks;
  return 0;
}

}  // namespace

extern "C" {

ssize_t read(int descriptor, void* bytes, size_t size) {
  static const auto next = real<ssize_t (*)(int, void*, size_t)>("read");
  return faulty_read(descriptor, [&] { return next(descriptor, bytes, size); });
}

ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
  static const auto next = real<ssize_t (*)(int, void*, size_t, off_t)>("pread");
  return faulty_read(descriptor, [&] { return next(descriptor, bytes, size, offset); });
}

ssize_t pread64(int descriptor, void* bytes, size_t size, off64_t offset) {
  return pread(descriptor, bytes, size, offset);
}

int flock(int descriptor, int operation) {
  static const auto next = real<int (*)(int, int)>("flock");
  if (plan().fault != Fault::nolock || !plan().watches(descriptor)) {
    return next(descriptor, operation);
  }
  errno = ENOLCK;
  return -1;
}

int statvfs(const char* path, struct statvfs* space) {
  static const auto next = real<int (*)(const char*, struct statvfs*)>("statvfs");
  return with_less_space(next(path, space), space);
}

int statvfs64(const char* path, struct statvfs64* space) {
  static const auto next = real<int (*)(const char*, struct statvfs64*)>("statvfs64");
  return with_less_space(next(path, space), space);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  return faulty_write(
      descriptor, size, [&](std::size_t part) { return next(descriptor, bytes, part); });
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (!plan().watches(descriptor)) return next(descriptor, parts, count);
  // As one write of the first part that holds anything: a writer must cope with fewer bytes.
  for (int i = 0; i < count; ++i) {
    if (parts[i].iov_len > 0) return write(descriptor, parts[i].iov_base, parts[i].iov_len);
  }
  return 0;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return faulty_write(
      descriptor, size, [&](std::size_t part) { return next(descriptor, bytes, part, offset); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return pwrite(descriptor, bytes, size, offset);
}

int ftruncate(int descriptor, off_t length) {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  return faulty_call(plan().watches(descriptor), [&] { return next(descriptor, length); });
}

int ftruncate64(int descriptor, off64_t length) {
  return ftruncate(descriptor, length);
}

int fsync(int descriptor) {
  static const auto next = real<int (*)(int)>("fsync");
  return faulty_call(plan().watches(descriptor), [&] { return next(descriptor); });
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  return faulty_call(plan().watches(from) || plan().watches(to), [&] { return next(from, to); });
}

}  // extern "C"

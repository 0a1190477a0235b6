// A library that makes reading and writing fail on purpose, to be loaded before a program
// (LD_PRELOAD):
//
//   FAULT_PATH=run.h5 FAULT=kill FAULT_AT=17 LD_PRELOAD=libfaults.so train …
//
// Counts what a program asks of files whose name holds FAULT_PATH: open (to write, openat), write
// (pwrite, writev, sendfile, copy_file_range), ftruncate, fsync (fdatasync), close (of what was
// written), mkdir, rename and unlink (remove), from 1; with FAULT_CALL=fsync, say, calls of
// this name alone. FAULT says what happens at number FAULT_AT:
//   kill   half of it is written, then SIGKILL
//   stop   SIGSTOP before it
//   full   it and all later ones that need room (open, write, mkdir): "No space left on
//          device"
//   quota  the same: "Disk quota exceeded"
//   readonly, forbidden   it and all later ones that change a folder (open, mkdir, rename,
//          unlink): "Read-only file system", "Permission denied", for root, too
//   short  it and all later writes take half of the bytes, and say so
//   error  it alone: "Input/output error"
//   unread (of read and pread instead) it and all later ones: "Input/output error"
//   term   (of read and pread instead) before it SIGTERM comes
//   hang   (of read and pread instead, in other threads than the first) it never returns
//   slow   (of read and pread instead, in other threads than the first) it returns after 6 s
//   unlisted   listing such a folder ends with "Input/output error"
//   unseen what is asked about such a file or folder (stat): "Input/output error"
//   nolock every lock on such a file: "No locks available", as of a network file system without
//   noproc whatever is opened below /proc/self and /dev/fd: "No such file or directory"
// FAULT_ERRNO is the number of another error than "Input/output error" for unread and unseen.
// FAULT_FREE is the number of bytes that every file system says it has left.
// With FAULT_COUNT=file the number of calls is written there when the program ends, with
// FAULT_KINDS=file a line for each name of call, such as "open 12", whatever FAULT_CALL says.

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class Fault {
  none,
  kill,
  stop,
  full,
  forbidden,
  cut,
  error,
  unread,
  term,
  hang,
  slow,
  unlisted,
  unseen,
  nolock,
  noproc
};

struct Plan {
  const char* path = std::getenv("FAULT_PATH");
  const char* only = std::getenv("FAULT_CALL");
  Fault fault = Fault::none;
  int error = 0;         ///< The errno of `full` and `forbidden`.
  int read_error = EIO;  ///< The errno of `unread` and `unseen`.
  const char* free_bytes = std::getenv("FAULT_FREE");
  long at = 0;
  std::atomic<long> calls{0};
  static constexpr std::array kNames = {
      "open", "write", "ftruncate", "fsync", "close", "mkdir", "rename", "unlink", "read"};
  std::array<std::atomic<long>, kNames.size()> kinds{};

  Plan() {
    const char* name = std::getenv("FAULT");
    const char* number = std::getenv("FAULT_AT");
    at = number != nullptr ? std::atol(number) : 0;
    const auto is = [&](const char* other) { return name != nullptr && !std::strcmp(name, other); };
    if (is("kill")) fault = Fault::kill;
    if (is("stop")) fault = Fault::stop;
    if (is("full") || is("quota")) fault = Fault::full;
    if (is("readonly") || is("forbidden")) fault = Fault::forbidden;
    error = is("quota") ? EDQUOT : is("readonly") ? EROFS : is("forbidden") ? EACCES : ENOSPC;
    if (is("short")) fault = Fault::cut;
    if (is("error")) fault = Fault::error;
    if (is("unread")) fault = Fault::unread;
    if (is("term")) fault = Fault::term;
    if (is("unlisted")) fault = Fault::unlisted;
    if (is("unseen")) fault = Fault::unseen;
    if (const char* other = std::getenv("FAULT_ERRNO")) read_error = std::atoi(other);
    if (is("hang")) fault = Fault::hang;
    if (is("slow")) fault = Fault::slow;
    if (is("nolock")) fault = Fault::nolock;
    if (is("noproc")) fault = Fault::noproc;
  }
  ~Plan() {
    report("FAULT_COUNT", [&](std::FILE* file) { std::fprintf(file, "%ld\n", calls.load()); });
    report("FAULT_KINDS", [&](std::FILE* file) {
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        std::fprintf(file, "%s %ld\n", kNames[i], kinds[i].load());
      }
    });
  }
  template <class Write>
  static void report(const char* variable, const Write& write) {
    const char* name = std::getenv(variable);
    std::FILE* file = name != nullptr ? std::fopen(name, "w") : nullptr;
    if (file == nullptr) return;
    write(file);
    std::fclose(file);
  }
  /// FAULT_PATH is compared with whole paths, as descriptors have them.
  bool watches(const char* name) const {
    if (path == nullptr || name == nullptr) return false;
    char whole[2 * PATH_MAX + 2];
    char folder[PATH_MAX];
    const bool relative = name[0] != '/' && ::getcwd(folder, sizeof folder) != nullptr;
    std::snprintf(whole, sizeof whole, "%s%s%s", relative ? folder : "", relative ? "/" : "", name);
    return std::strstr(whole, path) != nullptr;
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
  /// Of a descriptor that may be written to.
  bool watches_writing(int descriptor) const {
    const int flags = ::fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && watches(descriptor);
  }
  /// Faults of reading count reads, the others count what writes.
  bool is_of_reading() const {
    return fault == Fault::unread || fault == Fault::term || spares_first_thread();
  }
  bool spares_first_thread() const { return fault == Fault::hang || fault == Fault::slow; }
  bool hides(const char* name) const {
    return fault == Fault::noproc && name != nullptr &&
           (std::strncmp(name, "/proc/self/", 11) == 0 || std::strncmp(name, "/dev/fd/", 8) == 0);
  }
  /// What is to happen at this call.
  Fault next(const char* name) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (std::strcmp(kNames[i], name) == 0) ++kinds[i];
    }
    if (only != nullptr && std::strcmp(only, name) != 0) return Fault::none;
    const long call = ++calls;
    if (fault == Fault::stop && call == at) std::raise(SIGSTOP);
    const bool persists = fault == Fault::full || fault == Fault::forbidden ||
                          fault == Fault::cut || fault == Fault::unread;
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
  if (plan().is_of_reading() || !plan().watches(descriptor)) return write(size);
  switch (plan().next("write")) {
    case Fault::kill:
      write(size / 2);
      std::raise(SIGKILL);
      break;
    case Fault::full:
      errno = plan().error;
      return -1;
    case Fault::error:
      errno = EIO;
      return -1;
    case Fault::cut:
      return write(size > 1 ? size / 2 : size);
    default:
      break;
  }
  return write(size);
}

/// What a call that writes no bytes does to the disk.
enum class Kind { of_file, of_folder, of_folder_with_room };

/// For calls that write no bytes: 0, or the errno that one fails with.
int fault_of(const char* name, bool watched, Kind kind = Kind::of_file) {
  if (!watched || plan().is_of_reading()) return 0;
  switch (plan().next(name)) {
    case Fault::kill:
      std::raise(SIGKILL);
      return 0;
    case Fault::full:
      return kind == Kind::of_folder_with_room ? plan().error : 0;
    case Fault::forbidden:
      return kind == Kind::of_file ? 0 : plan().error;
    case Fault::error:
      return EIO;
    default:
      return 0;
  }
}

/// What the call returns where it is made, else `failed` with errno.
template <class Result, class Call>
Result unless(int error, Result failed, const Call& call) {
  if (error == 0) return call();
  errno = error;
  return failed;
}

/// A read that fails, never returns, takes its time, or during which a signal comes.
template <class Read>
ssize_t faulty_read(int descriptor, const Read& read) {
  const bool exempt = plan().spares_first_thread() && ::gettid() == ::getpid();
  if (!plan().is_of_reading() || exempt || !plan().watches(descriptor)) return read();
  switch (plan().next("read")) {
    case Fault::hang:
      for (;;) ::pause();
    case Fault::slow:
      ::sleep(6);
      return read();
    case Fault::unread:
      errno = plan().read_error;
      return -1;
    case Fault::term:
      std::raise(SIGTERM);
      return read();
    default:
      return read();
  }
}

int error_of_opening(const char* path, bool writes) {
  if (plan().hides(path)) return ENOENT;
  return fault_of("open", writes && plan().watches(path), Kind::of_folder_with_room);
}

using Open = int (*)(const char*, int, ...);

int faulty_open(Open next, const char* path, int flags, mode_t mode) {
  return unless(error_of_opening(path, (flags & O_ACCMODE) != O_RDONLY), -1, [&] {
    return next(path, flags, mode);
  });
}

using OpenStream = std::FILE* (*)(const char*, const char*);

std::FILE* faulty_open(OpenStream next, const char* path, const char* mode) {
  const int error = error_of_opening(path, std::strpbrk(mode, "wa+") != nullptr);
  return unless(error, static_cast<std::FILE*>(nullptr), [&] { return next(path, mode); });
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

dirent* readdir(DIR* folder) {
  static const auto next = real<dirent* (*)(DIR*)>("readdir");
  if (plan().fault != Fault::unlisted || !plan().watches(::dirfd(folder))) return next(folder);
  errno = EIO;
  return nullptr;
}

dirent64* readdir64(DIR* folder) {
  return reinterpret_cast<dirent64*>(readdir(folder));  // of one layout on 64-bit systems
}

int stat(const char* path, struct stat* about) {
  static const auto next = real<int (*)(const char*, struct stat*)>("stat");
  const bool unseen = plan().fault == Fault::unseen && plan().watches(path);
  return unless(unseen ? plan().read_error : 0, -1, [&] { return next(path, about); });
}

int stat64(const char* path, struct stat64* about) {
  return stat(path, reinterpret_cast<struct stat*>(about));
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

ssize_t sendfile(int to, int from, off_t* offset, size_t size) {
  static const auto next = real<ssize_t (*)(int, int, off_t*, size_t)>("sendfile");
  return faulty_write(to, size, [&](std::size_t part) { return next(to, from, offset, part); });
}

ssize_t sendfile64(int to, int from, off64_t* offset, size_t size) {
  return sendfile(to, from, offset, size);
}

ssize_t copy_file_range(
    int from, off64_t* at, int to, off64_t* target, size_t size, unsigned flags) {
  static const auto next =
      real<ssize_t (*)(int, off64_t*, int, off64_t*, size_t, unsigned)>("copy_file_range");
  return faulty_write(
      to, size, [&](std::size_t part) { return next(from, at, to, target, part, flags); });
}

int ftruncate(int descriptor, off_t length) {
  static const auto next = real<int (*)(int, off_t)>("ftruncate");
  return unless(fault_of("ftruncate", plan().watches(descriptor)), -1, [&] {
    return next(descriptor, length);
  });
}

int ftruncate64(int descriptor, off64_t length) {
  return ftruncate(descriptor, length);
}

int fsync(int descriptor) {
  static const auto next = real<int (*)(int)>("fsync");
  return unless(
      fault_of("fsync", plan().watches(descriptor)), -1, [&] { return next(descriptor); });
}

int fdatasync(int descriptor) {
  static const auto next = real<int (*)(int)>("fdatasync");
  return unless(
      fault_of("fsync", plan().watches(descriptor)), -1, [&] { return next(descriptor); });
}

int rename(const char* from, const char* to) {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  const bool watched = plan().watches(from) || plan().watches(to);
  return unless(fault_of("rename", watched, Kind::of_folder), -1, [&] { return next(from, to); });
}

int unlink(const char* path) {
  static const auto next = real<int (*)(const char*)>("unlink");
  return unless(
      fault_of("unlink", plan().watches(path), Kind::of_folder), -1, [&] { return next(path); });
}

int remove(const char* path) {
  static const auto next = real<int (*)(const char*)>("remove");
  return unless(
      fault_of("unlink", plan().watches(path), Kind::of_folder), -1, [&] { return next(path); });
}

int mkdir(const char* path, mode_t mode) {
  static const auto next = real<int (*)(const char*, mode_t)>("mkdir");
  return unless(fault_of("mkdir", plan().watches(path), Kind::of_folder_with_room), -1, [&] {
    return next(path, mode);
  });
}

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  static const auto next = real<Open>("open");
  return faulty_open(next, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  static const auto next = real<Open>("open64");
  return faulty_open(next, path, flags, mode);
}

// Relative to a folder that is open: compared by the name it is given.
int openat(int folder, const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  static const auto next = real<int (*)(int, const char*, int, ...)>("openat");
  return unless(error_of_opening(path, (flags & O_ACCMODE) != O_RDONLY), -1, [&] {
    return next(folder, path, flags, mode);
  });
}

std::FILE* fopen(const char* path, const char* mode) {
  static const auto next = real<OpenStream>("fopen");
  return faulty_open(next, path, mode);
}

std::FILE* fopen64(const char* path, const char* mode) {
  static const auto next = real<OpenStream>("fopen64");
  return faulty_open(next, path, mode);
}

// The descriptor is free afterwards, even where closing it failed.
int close(int descriptor) {
  static const auto next = real<int (*)(int)>("close");
  const int error = fault_of("close", plan().watches_writing(descriptor));
  const int closed = next(descriptor);
  return unless(error, -1, [&] { return closed; });
}

int fclose(std::FILE* stream) {
  static const auto next = real<int (*)(std::FILE*)>("fclose");
  const int error = fault_of("close", plan().watches_writing(::fileno(stream)));
  const int closed = next(stream);
  return unless(error, EOF, [&] { return closed; });
}

}  // extern "C"

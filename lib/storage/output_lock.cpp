#include "storage/output_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "storage/complete_file.hpp"
#include "storage/descriptor.hpp"

namespace regionwise::storage {
namespace {

namespace fs = std::filesystem;

/// Whether `name` is one that CompleteFile gives to the unfinished `output`: x.h5.tmp-123-0.
bool is_leftover(std::string_view name, const std::string& output) {
  const std::string start = output + ".tmp-";
  return name.starts_with(start) &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(start.size()),
                     name.end(),
                     [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

void remove_leftovers(const fs::path& output) {
  std::error_code ignored;
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  // What cannot be listed is no obstacle: whoever writes next removes it.
  fs::directory_iterator entry(folder, ignored);
  for (; entry != fs::directory_iterator(); entry.increment(ignored)) {
    const fs::path& path = entry->path();
    std::error_code left;
    if (is_leftover(path.filename().string(), output.filename().string())) fs::remove(path, left);
  }
}

/// The lock file, open and locked.
class LockFile {
 public:
  explicit LockFile(const fs::path& output) : name_(output.string() + kLockEnding) {
    while (!take(output)) {
    }
  }
  ~LockFile() {
    if (locked_) ::unlink(name_.c_str());  // while it is held: nobody can have taken it meanwhile
    ::close(descriptor_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  bool locked() const { return locked_; }

 private:
  /// False where its holder removed it between opening and locking.
  bool take(const fs::path& output) {
    constexpr int kHow = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    descriptor_ = ::open(name_.c_str(), kHow | O_EXCL, 0666);
    const bool made = descriptor_ >= 0;
    if (!made && errno == EEXIST) descriptor_ = ::open(name_.c_str(), kHow, 0666);
    // A folder, or a link.
    if (descriptor_ < 0 && (errno == EISDIR || errno == ELOOP)) refuse_other();
    if (descriptor_ < 0) {
      throw IoError(
          fmt::format("{}: cannot be written: {}", output.string(), describe_errno(errno)));
    }
    if (!made && !is_lock()) {
      ::close(std::exchange(descriptor_, -1));
      refuse_other();
    }
    locked_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (!locked_ && errno == EWOULDBLOCK) {
      // It may have been is_held(), which is done at once.
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      locked_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    }
    if (!locked_ && errno != EWOULDBLOCK) {
      // A file system without locks; a file that was there before may still be another's.
      if (made) ::unlink(name_.c_str());
      return true;
    }
    if (locked_ && detail::lies_under(descriptor_, name_)) return true;
    ::close(std::exchange(descriptor_, -1));
    if (locked_) return false;
    throw IoError(
        fmt::format("{}: another process is writing it: wait until that has ended, or name "
                    "another output",
                    output.string()));
  }

  bool is_lock() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
  }
  /// What somebody keeps under this name is not removed.
  [[noreturn]] void refuse_other() const {
    throw IoError(fmt::format(
        "{}: is in the way: it is no lock, which is an empty file; give it another name",
        name_.string()));
  }

  fs::path name_;
  int descriptor_ = -1;
  bool locked_ = false;
};

}  // namespace

OutputLock::OutputLock(const fs::path& path) {
  // The system's locks belong to open files, not to processes: what this process holds is known
  // here only.
  static std::mutex mutex;
  static std::map<fs::path, std::weak_ptr<const LockFile>> held;
  const std::lock_guard guard(mutex);
  std::weak_ptr<const LockFile>& known = held[fs::absolute(path).lexically_normal()];
  std::shared_ptr<const LockFile> lock = known.lock();
  if (!lock) {
    lock = std::make_shared<const LockFile>(path);
    if (lock->locked()) remove_leftovers(path);
    known = lock;
  }
  held_ = std::move(lock);
}

void tidy_lock(const fs::path& output) {
  std::error_code absent;
  if (!fs::exists(output.string() + kLockEnding, absent)) return;
  try {
    const OutputLock removed_with_this(output);
  } catch (const IoError&) {
    // Another process has it, or nothing can be removed there.
  }
}

bool is_held(const fs::path& output) {
  const int descriptor = ::open((output.string() + kLockEnding).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

}  // namespace regionwise::storage

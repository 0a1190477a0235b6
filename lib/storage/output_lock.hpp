#pragma once

#include <filesystem>
#include <memory>

namespace regionwise::storage {

/// How the name of the lock beside an output ends; no output may be named so.
inline constexpr const char* kLockEnding = ".lock";

/// Holds an output for this process, so that two programs never write one file at a time. The lock
/// lies on `<path>.lock`, which is removed with it; the system lets go of it when a process dies,
/// however it dies. What a process that was killed left of this output (`<path>.tmp-…`) is removed.
/// Within a process the same output may be held several times. On a file system that knows no
/// locks nothing is held.
class OutputLock {
 public:
  /// IoError where another process holds it, the folder cannot be written, or something that is no
  /// lock lies in its place.
  explicit OutputLock(const std::filesystem::path& path);

 private:
  std::shared_ptr<const void> held_;
};

/// Removes what a process that was killed left of an output that nobody will write again: its lock
/// and unfinished pieces. Does nothing where there is no lock, or where another process holds it.
void tidy_lock(const std::filesystem::path& output);

/// Whether a process holds the output now. Writes nothing; but where nobody holds it, the lock is
/// shared for a moment. False, too, on a file system that knows no locks.
bool is_held(const std::filesystem::path& output);

}  // namespace regionwise::storage

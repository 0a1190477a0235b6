#pragma once

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace regionwise {

/// What a program's exit status says (the same in every program of the suite).
enum class ExitCode {
  ok = 0,
  check_failed = 1,  ///< A check says no (`audit-maps`, `verify`).
  usage = 2,         ///< Wrong options or configuration.
  bad_data = 65,     ///< Input that cannot be used.
  io = 74,           ///< A file cannot be read or written.
  retry = 75,  ///< Interrupted (the same command goes on) or failed run (the message says how).
};

/// The base of every error that a user can cause or mend. `what()` is one line without the
/// program's name: `runs/x.h5:/weights/a: expected float32 [32,1,3,3], found [32,4,3,3]`.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message, bool of_machine = false)
      : std::runtime_error(without_nul(message)), code_(code), of_machine_(of_machine) {}
  ExitCode code() const { return code_; }
  /// Whether the disk, the network or memory failed: nothing is wrong with what was to be read, and
  /// on another day it must not be passed over.
  bool of_machine() const { return of_machine_; }

 private:
  /// what() ends at the first byte of 0.
  static std::string without_nul(const std::string& text) {
    std::string whole;
    for (const char c : text) c != '\0' ? whole += c : whole += "\\0";
    return whole;
  }

  ExitCode code_;
  bool of_machine_;
};

/// Whether an `errno` says so: each but 0 and those that are about the path that was named or about
/// what lies there. Disks and networks fail in more ways than anybody lists.
inline bool is_of_machine(int error) {
  for (const int of_path :
       {0, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES, EPERM, EISDIR, EINVAL}) {
    if (error == of_path) return false;
  }
  return true;
}

struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

struct DataError : Error {
  explicit DataError(const std::string& message) : Error(ExitCode::bad_data, message) {}
};

struct IoError : Error {
  /// `error`: the errno that it is about, where there is one.
  explicit IoError(const std::string& message, int error = 0)
      : Error(ExitCode::io, message, is_of_machine(error)) {}
};

struct RetryError : Error {
  explicit RetryError(const std::string& message) : Error(ExitCode::retry, message) {}
};

/// Throws the kind of error that has this code.
[[noreturn]] inline void throw_error(ExitCode code, const std::string& message, bool of_machine) {
  switch (code) {
    case ExitCode::usage:
      throw UsageError(message);
    case ExitCode::bad_data:
      throw DataError(message);
    case ExitCode::io:
      throw IoError(message, of_machine ? EIO : 0);
    case ExitCode::retry:
      throw RetryError(message);
    default:
      throw Error(code, message, of_machine);
  }
}

/// Runs `body`; an Error leaving it gets `context: ` before its message and keeps its kind.
template <class Body>
decltype(auto) with_context(std::string_view context, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw_error(error.code(), std::string(context) + ": " + error.what(), error.of_machine());
  }
}

}  // namespace regionwise

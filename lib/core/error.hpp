#pragma once

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
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, message) {}
};

struct DataError : Error {
  explicit DataError(const std::string& message) : Error(ExitCode::bad_data, message) {}
};

struct IoError : Error {
  explicit IoError(const std::string& message) : Error(ExitCode::io, message) {}
};

struct RetryError : Error {
  explicit RetryError(const std::string& message) : Error(ExitCode::retry, message) {}
};

/// Throws the kind of error that has this code.
[[noreturn]] inline void throw_error(ExitCode code, const std::string& message) {
  switch (code) {
    case ExitCode::usage:
      throw UsageError(message);
    case ExitCode::bad_data:
      throw DataError(message);
    case ExitCode::io:
      throw IoError(message);
    case ExitCode::retry:
      throw RetryError(message);
    default:
      throw Error(code, message);
  }
}

/// Runs `body`; an Error leaving it gets `context: ` before its message and keeps its kind.
template <class Body>
decltype(auto) with_context(std::string_view context, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw_error(error.code(), std::string(context) + ": " + error.what());
  }
}

}  // namespace regionwise

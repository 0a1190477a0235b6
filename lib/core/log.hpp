#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

namespace regionwise {

enum class Verbosity { quiet, normal, verbose };

/// Messages of one program, on stderr, each a line with the program's name before it. Safe to use
/// from several threads. Errors are printed at every verbosity.
class Log {
 public:
  explicit Log(std::string program, Verbosity verbosity = Verbosity::normal, FILE* sink = stderr);

  void error(const std::string& message);
  /// One of several findings that the error to come counts; also with --quiet.
  void finding(const std::string& message);
  void warn(const std::string& message);
  void info(const std::string& message);
  void detail(const std::string& message);  ///< Only with --verbose.

  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }
  Verbosity verbosity() const { return verbosity_; }
  bool on_terminal() const { return on_terminal_; }

  /// Draws `text` over the current terminal line, cut where the line ends; erased before the next
  /// message.
  void draw_status(const std::string& text);
  void erase_status();

 private:
  void write_line(const std::string& text);

  std::string program_;
  Verbosity verbosity_;
  FILE* sink_;
  bool on_terminal_;
  bool status_drawn_ = false;
  std::mutex mutex_;
};

/// Progress of a loop of known length: a bar on a terminal, else a line a minute; nothing with
/// --quiet.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// Of a loop of `total` steps. `now` tells the time.
  Progress(Log& log,
           std::string what,
           std::int64_t total,
           std::function<Clock::time_point()> now = Clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Counts one more step as done; `note` (such as a case id or a loss) stands behind the count.
  void advance(const std::string& note);

 private:
  Log& log_;
  std::string what_;
  std::int64_t total_;
  std::function<Clock::time_point()> now_;
  std::int64_t done_ = 0;
  Clock::time_point started_;
  Clock::time_point drawn_;
};

}  // namespace regionwise

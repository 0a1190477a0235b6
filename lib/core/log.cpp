#include "core/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "core/text.hpp"

namespace regionwise {

namespace {

/// stderr may be a pipe that nobody reads any more: a message lost must not end the program.
void write_text(FILE* sink, const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), sink);
  (void)std::fflush(sink);
}

constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

Log::Log(std::string program, Verbosity verbosity, FILE* sink)
    : program_(std::move(program)),
      verbosity_(verbosity),
      sink_(sink),
      on_terminal_(isatty(fileno(sink)) != 0) {}

void Log::error(const std::string& message) {
  write_line("error: " + message);
}

void Log::finding(const std::string& message) {
  write_line(message);
}

void Log::warn(const std::string& message) {
  if (verbosity_ != Verbosity::quiet) write_line("warning: " + message);
}

void Log::info(const std::string& message) {
  if (verbosity_ != Verbosity::quiet) write_line(message);
}

void Log::detail(const std::string& message) {
  if (verbosity_ == Verbosity::verbose) write_line(message);
}

void Log::draw_status(const std::string& text) {
  const std::lock_guard lock(mutex_);
  write_text(sink_, fmt::format("{}{}: {}", kEraseLine, program_, plain(text)));
  status_drawn_ = true;
}

void Log::erase_status() {
  const std::lock_guard lock(mutex_);
  if (!status_drawn_) return;
  write_text(sink_, kEraseLine);
  status_drawn_ = false;
}

void Log::write_line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  // A message may quote a file or another library: it stays one line all the same, and no command
  // to the terminal.
  write_text(sink_,
             fmt::format("{}{}: {}\n", status_drawn_ ? kEraseLine : "", program_, plain(text)));
  status_drawn_ = false;
}

Progress::Progress(Log& log, std::string what, std::int64_t total)
    : log_(log), what_(std::move(what)), total_(total) {}

Progress::~Progress() {
  log_.erase_status();
}

void Progress::advance(std::int64_t steps, const std::string& note) {
  done_ += steps;
  if (log_.verbosity() == Verbosity::quiet) return;
  const auto now = Clock::now();
  const auto pause = log_.on_terminal() ? std::chrono::milliseconds(100) : std::chrono::seconds(60);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left = seconds / static_cast<double>(done_) * static_cast<double>(total_ - done_);
  const std::string count =
      fmt::format("{} {}/{} ({:.0f} s left) {}", what_, done_, total_, left, note);
  if (!log_.on_terminal()) {
    log_.info(count);
    return;
  }
  constexpr std::int64_t kWidth = 24;
  const std::int64_t filled = total_ > 0 ? kWidth * done_ / total_ : kWidth;
  log_.draw_status(fmt::format(
      "[{:-<{}}] {}", std::string(static_cast<std::size_t>(filled), '#'), kWidth, count));
}

}  // namespace regionwise

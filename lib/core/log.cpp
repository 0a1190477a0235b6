#include "core/log.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
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

/// Without the middle of what is too long.
std::string shortened(const std::string& text) {
  constexpr std::size_t kMostBytes = 4000;
  constexpr std::size_t kLastBytes = 500;
  if (text.size() <= kMostBytes) return text;
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = kMostBytes - kLastBytes;
  std::size_t begin = text.size() - kLastBytes;
  const auto is_inside_character = [&](std::size_t at) { return (text[at] & 0xC0) == 0x80; };
  for (std::size_t i = 1; i < kLongestCharacter && is_inside_character(end); ++i) --end;
  for (std::size_t i = 1; i < kLongestCharacter && is_inside_character(begin); ++i) ++begin;
  return fmt::format("{} [{} bytes] {}", text.substr(0, end), begin - end, text.substr(begin));
}

/// Characters that a line of the terminal holds beside the cursor, as many as there are where it
/// does not say.
std::size_t line_length(FILE* terminal) {
  winsize size{};
  const bool known = ::ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col - 1U : std::string::npos;
}

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
  // A line that wraps could not be erased.
  const std::string line = fmt::format("{}: {}", program_, plain(text));
  write_text(sink_, kEraseLine + first_columns(line, line_length(sink_)));
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
  // A message may quote a file or another library: it stays one line all the same, of a length that
  // can be read, and no command to the terminal.
  const std::string line = shortened(plain(text));
  write_text(sink_, fmt::format("{}{}: {}\n", status_drawn_ ? kEraseLine : "", program_, line));
  status_drawn_ = false;
}

Progress::Progress(Log& log,
                   std::string what,
                   std::int64_t total,
                   std::function<Clock::time_point()> now)
    : log_(log),
      what_(std::move(what)),
      total_(total),
      now_(std::move(now)),
      started_(now_()),
      drawn_(started_) {}

Progress::~Progress() {
  log_.erase_status();
}

void Progress::advance(const std::string& note) {
  ++done_;
  if (log_.verbosity() == Verbosity::quiet) return;
  const auto now = now_();
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
  const std::int64_t filled = kWidth * done_ / total_;
  log_.draw_status(fmt::format(
      "[{:-<{}}] {}", std::string(static_cast<std::size_t>(filled), '#'), kWidth, count));
}

}  // namespace regionwise

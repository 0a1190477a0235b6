#include "core/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/text.hpp"

namespace regionwise {
namespace {

using namespace std::chrono_literals;

std::string read_all(FILE* file) {
  std::rewind(file);
  char buffer[4096];
  return {buffer, std::fread(buffer, 1, sizeof buffer, file)};
}

/// A terminal of so many columns and what was written on it.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    sink_ = std::fopen(ptsname(master_), "w");
    winsize size{};
    size.ws_col = columns;
    termios plain{};
    tcgetattr(master_, &plain);
    plain.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    if (ioctl(master_, TIOCSWINSZ, &size) != 0 || tcsetattr(master_, TCSANOW, &plain) != 0)
      sink_ = nullptr;
  }
  ~Terminal() {
    if (sink_ != nullptr) std::fclose(sink_);
    close(master_);
  }
  FILE* sink() const { return sink_; }
  /// Empty where nothing comes within some seconds.
  std::string read_written() const {
    char buffer[4096];
    pollfd waited{master_, POLLIN, 0};
    if (poll(&waited, 1, 5000) != 1) return {};
    const ssize_t count = ::read(master_, buffer, sizeof buffer);
    return {buffer, count > 0 ? static_cast<std::size_t>(count) : 0};
  }

 private:
  int master_;
  FILE* sink_ = nullptr;
};

TEST(Log, KeepsMessagesOnOneLineAndErrorsWhenQuiet) {
  FILE* sink = std::tmpfile();
  ASSERT_NE(sink, nullptr);
  Log log("tool", Verbosity::quiet, sink);
  log.info("not printed");
  log.warn("not printed");
  log.detail("not printed");
  log.finding("a finding");
  log.error("two\nlines\x1b[2J");
  log.set_verbosity(Verbosity::verbose);
  log.warn("printed");
  log.detail("printed");
  EXPECT_EQ(read_all(sink),
            "tool: a finding\ntool: error: two lines [2J\ntool: warning: printed\ntool: printed\n");
  std::fclose(sink);
}

TEST(Log, LeavesTheMiddleOfAMessageOutThatNobodyCouldRead) {
  FILE* sink = std::tmpfile();
  ASSERT_NE(sink, nullptr);
  Log log("tool", Verbosity::quiet, sink);
  std::string message = "begins";
  for (int i = 0; i < 10000; ++i) message += "é";
  log.error(message + "ends");
  std::fseek(sink, 0, SEEK_END);
  EXPECT_LT(std::ftell(sink), 4096);
  const std::string line = read_all(sink);
  EXPECT_EQ(line.substr(0, 19), "tool: error: begins");
  EXPECT_EQ(line.substr(line.size() - 5), "ends\n");
  EXPECT_NE(line.find(" bytes] "), std::string::npos);
  EXPECT_TRUE(is_plain(line.substr(0, line.size() - 1))) << "a character is cut";
  std::fclose(sink);
}

/// What a loop of ten steps prints of its first four, 29 s each, where no terminal is.
std::string printed_in_a_file(Verbosity verbosity) {
  FILE* sink = std::tmpfile();
  if (sink == nullptr) return "no file";
  Log log("tool", verbosity, sink);
  Progress::Clock::time_point now{};
  {
    Progress progress(log, "case", 10, [&] { return now; });
    for (int i = 0; i < 4; ++i) {
      now += 29s;
      progress.advance("case_" + std::to_string(i));
    }
  }
  std::string text = read_all(sink);
  std::fclose(sink);
  return text;
}

TEST(Progress, IsALineAMinuteWhereNoTerminalIs) {
  EXPECT_EQ(printed_in_a_file(Verbosity::normal), "tool: case 3/10 (203 s left) case_2\n");
}

TEST(Progress, IsSilentWhenQuiet) {
  EXPECT_EQ(printed_in_a_file(Verbosity::quiet), "");
}

TEST(Progress, IsABarOnATerminalThatIsErasedBeforeAMessageAndAtTheEnd) {
  const Terminal terminal(80);
  if (terminal.sink() == nullptr) GTEST_SKIP() << "this system gives no pseudo-terminal";
  Log log("tool", Verbosity::normal, terminal.sink());
  ASSERT_TRUE(log.on_terminal());
  Progress::Clock::time_point now{};
  {
    Progress progress(log, "case", 4, [&] { return now; });
    progress.advance("too soon");
    now += 2s;
    progress.advance("b\xc3\xa9");
    EXPECT_EQ(terminal.read_written(),
              "\r\033[Ktool: [############------------] case 2/4 (2 s left) b\xc3\xa9");
    log.info("a message");
    EXPECT_EQ(terminal.read_written(), "\r\033[Ktool: a message\n");
    now += 1s;
    progress.advance("c");
    EXPECT_EQ(terminal.read_written(),
              "\r\033[Ktool: [##################------] case 3/4 (1 s left) c");
  }
  EXPECT_EQ(terminal.read_written(), "\r\033[K");
}

TEST(Progress, NeverFillsMoreThanALineOfTheTerminal) {
  const Terminal terminal(35);
  if (terminal.sink() == nullptr) GTEST_SKIP() << "this system gives no pseudo-terminal";
  Log log("tool", Verbosity::normal, terminal.sink());
  Progress::Clock::time_point now{};
  Progress progress(log, "\xc3\xa9", 1, [&] { return now; });
  now += 1s;
  progress.advance(std::string(200, 'x'));
  EXPECT_EQ(terminal.read_written(), "\r\033[Ktool: [########################] \xc3\xa9");
}

}  // namespace
}  // namespace regionwise

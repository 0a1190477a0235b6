#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace regionwise {

/// Looks for those that do not come back. Who waits for them looks again and again, each time with
/// a count of what they have done, every 100 ms. Time counts as waited for only while someone
/// looks: where a whole program stands still (SIGSTOP, a machine that is suspended or pages), so do
/// those that it waits for, and none of them is stuck.
class Watchdog {
 public:
  using Clock = std::chrono::steady_clock;
  /// Of the time between two looks at most so much was waited.
  static constexpr std::chrono::milliseconds kLongestLook{200};
  static constexpr int kWarnings = 5;  ///< The last is the error.

  Watchdog(double patience_minutes, std::function<void(const std::string&)> warn);

  /// `describe(minutes)` says what did not come for so long; called for a warning at each fifth of
  /// the patience. RetryError with it after the last.
  void look(Clock::time_point now,
            std::int64_t done,
            const std::function<std::string(double)>& describe);

 private:
  double patience_minutes_;
  std::function<void(const std::string&)> warn_;
  Clock::time_point last_look_{};
  bool looked_ = false;
  std::int64_t done_ = 0;
  Clock::duration waited_{};
  int warnings_ = 0;
};

}  // namespace regionwise

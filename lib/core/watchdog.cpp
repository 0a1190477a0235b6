#include "core/watchdog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ratio>
#include <utility>

#include "core/error.hpp"

namespace regionwise {

Watchdog::Watchdog(double patience_minutes, std::function<void(const std::string&)> warn)
    : patience_minutes_(patience_minutes), warn_(std::move(warn)) {}

void Watchdog::look(Clock::time_point now,
                    std::int64_t done,
                    const std::function<std::string(double)>& describe) {
  const Clock::duration since = std::exchange(looked_, true) ? now - last_look_ : Clock::duration{};
  last_look_ = now;
  if (std::exchange(done_, done) != done) {
    waited_ = {};
    warnings_ = 0;
    return;
  }
  waited_ += std::min<Clock::duration>(since, kLongestLook);
  const std::chrono::duration<double, std::ratio<60>> minutes = waited_;
  if (minutes.count() * kWarnings < patience_minutes_ * (warnings_ + 1)) return;
  ++warnings_;
  const std::string description = describe(patience_minutes_ * warnings_ / kWarnings);
  if (warnings_ >= kWarnings) throw RetryError(description);
  if (warn_) warn_(fmt::format("{} (the end comes after {:.3g})", description, patience_minutes_));
}

}  // namespace regionwise

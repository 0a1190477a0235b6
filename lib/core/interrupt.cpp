#include "core/interrupt.hpp"

#include <atomic>
#include <csignal>

#include "core/error.hpp"

namespace regionwise {
namespace {

// Signals are the process's, so this flag cannot belong to anyone else. Any thread may look at it.
std::atomic<bool> caught = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a handler may touch nothing else");

extern "C" void remember(int) {
  caught = true;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = remember;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() {
  return caught;
}

void stop_if_interrupted() {
  if (interrupted()) throw RetryError("interrupted, no output was written: run it again");
}

}  // namespace regionwise

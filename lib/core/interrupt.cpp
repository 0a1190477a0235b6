#include "core/interrupt.hpp"

#include <csignal>

#include "core/error.hpp"

namespace regionwise {
namespace {

// Signals are the process's, so this flag cannot belong to anyone else.
volatile std::sig_atomic_t caught = 0;

extern "C" void remember(int) {
  caught = 1;
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
  return caught != 0;
}

void stop_if_interrupted() {
  if (interrupted()) throw RetryError("interrupted, no output was written: run it again");
}

}  // namespace regionwise

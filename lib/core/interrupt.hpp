#pragma once

#include <functional>

namespace regionwise {

/// From now on SIGTERM, SIGINT and SIGUSR1 ask the program to save its work and end, instead of
/// ending it at once. A second SIGINT ends it.
void catch_interrupts();

/// True once such a signal has come.
bool interrupted();

/// For loops without anything worth saving, between two of their steps: RetryError once such a
/// signal has come. On its way out it lets unfinished files be removed.
void stop_if_interrupted();

/// What long work calls between two of its steps, such as stop_if_interrupted; what it throws ends
/// the work.
using BetweenSteps = std::function<void()>;
/// For work that nobody ends.
inline void go_on() {}

}  // namespace regionwise

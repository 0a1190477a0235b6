#pragma once

namespace regionwise {

/// From now on SIGTERM, SIGINT and SIGUSR1 ask the program to save its work and end, instead of
/// ending it at once. A second SIGINT ends it.
void catch_interrupts();

/// True once such a signal has come.
bool interrupted();

}  // namespace regionwise

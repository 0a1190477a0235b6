#pragma once

#include <torch/types.h>

#include <string>

#include "core/log.hpp"

namespace regionwise::network {

/// "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1". Throws UsageError for another name
/// or a device that is not there.
torch::Device parse_device(const std::string& name);
/// The same for a program that will compute there: a warning where the suite's GPU kernels cannot
/// run on it.
torch::Device choose_device(const std::string& name, Log& log);

/// Sets up work on the processor: the threads of LibTorch's operators (Debian's build believes in
/// one core), and glibc's allocator so that it keeps what is freed: every step frees and asks for
/// the same large buffers, and having the kernel clear them anew each time costs more than a third
/// of a small network's step. std::bad_alloc (with a message) where a limit on the address space
/// (`ulimit -v`) leaves too little for LibTorch and its libraries, std::system_error where so many
/// threads cannot be started (`ulimit -u`), UsageError where OpenMP does not give them
/// (OMP_THREAD_LIMIT). `own`: threads that the program will start itself.
void use_processor(int threads, int own = 0);

}  // namespace regionwise::network

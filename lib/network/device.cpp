#include "network/device.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <torch/cuda.h>
#include <torch/utils.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/error.hpp"
#include "network/normalise.hpp"

namespace regionwise::network {

torch::Device parse_device(const std::string& name) {
  const auto gpus = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (name == "auto") return gpus > 0 ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  try {
    const torch::Device device(name);
    if (device.is_cpu()) return device;
    if (device.is_cuda()) {
      const int index = device.has_index() ? device.index() : 0;
      if (index < static_cast<int>(gpus))
        return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
      throw UsageError(fmt::format("device {}: this machine has {} CUDA devices", name, gpus));
    }
  } catch (const c10::Error&) {
    // Not a device's name: said below.
  }
  throw UsageError(fmt::format("device \"{}\": expected auto, cpu, cuda or cuda:N", name));
}

torch::Device choose_device(const std::string& name, Log& log) {
  const torch::Device device = parse_device(name);
  const std::string& missing = missing_kernels(device);
  if (!missing.empty()) log.warn(missing + "; LibTorch's operators take longer");
  return device;
}

namespace {

/// Ends a program at once, as other exhausted memory does.
class AddressSpaceError : public std::bad_alloc {
 public:
  explicit AddressSpaceError(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// OpenBLAS asks for ever for memory that is not to be had, deaf to signals, and oneDNN crashes: a
/// limit on the address space that leaves too little is refused before.
void refuse_little_address_space(int threads) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const auto taken = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::uint64_t kMiB = 1 << 20;
  const auto needed = taken + (512 + 130 * static_cast<std::uint64_t>(threads)) * kMiB;
  if (limit.rlim_cur >= needed) return;
  throw AddressSpaceError(fmt::format(
      "out of memory: the address space is limited to {} MiB (ulimit -v), {} are needed with {} "
      "threads; to limit memory that is really used, use systemd-run -p MemoryMax or Slurm's --mem",
      limit.rlim_cur / kMiB,
      needed / kMiB,
      threads));
}

/// A function of a library that may not be there, by its C name.
template <typename Function>
Function* find_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// Starts as many threads at once and ends them again; std::system_error where one of them cannot
/// be started: `fewer` are to be used.
void try_threads(std::size_t count, const char* fewer) {
  const auto counted = [] {
    std::error_code unknown;
    return std::filesystem::hard_link_count("/proc/self/task", unknown);
  };
  // Not std::thread, whose start takes memory: malloc would map an arena for each of them.
  const auto pass = [](void* gate) -> void* {
    const std::scoped_lock through(*static_cast<std::mutex*>(gate));
    return nullptr;
  };
  const auto before = counted();
  std::vector<pthread_t> threads(count);
  std::size_t started = 0;
  int problem = 0;
  std::mutex gate;
  {
    const std::scoped_lock closed(gate);
    while (started < count && problem == 0) {
      problem = pthread_create(&threads[started], nullptr, pass, &gate);
      if (problem == 0) ++started;
    }
  }
  for (std::size_t i = 0; i < started; ++i) pthread_join(threads[i], nullptr);
  if (problem != 0) {
    throw std::system_error(
        problem,
        std::generic_category(),
        fmt::format("{} threads cannot be started at once: allow more (ulimit -u, a cgroup's "
                    "pids.max, memory), or use fewer {}",
                    count,
                    fewer));
  }
  // The kernel counts a thread for a moment after it was joined.
  for (int wait = 0; wait < 1000 && counted() > before; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// LibTorch's pool waits for ever, deaf to signals, for threads that could not be started, and
/// OpenMP ends the program without its name: whether there are as many is tried before.
void refuse_few_threads(int threads, int own) {
  // LibTorch first makes a pool for all processors, and then the one that was asked for; OpenMP and
  // OpenBLAS have their own, OpenBLAS since it was loaded.
  const auto processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  int needed = std::max(processors, 1) - 1 + 2 * (threads - 1) + own;
  if (auto* count = find_function<int()>("openblas_get_num_threads")) {
    needed += std::max(0, threads - count());
  }
  try_threads(static_cast<std::size_t>(needed),
              own > 0 ? "--threads and --loader-threads" : "--threads");
}

/// oneDNN waits for ever for the threads that OpenMP was asked for and did not give: UsageError
/// where it would not. It keeps those that it starts here.
void refuse_smaller_team(int threads) {
  auto* in_parallel =
      find_function<void(void (*)(void*), void*, unsigned, unsigned)>("GOMP_parallel");
  if (threads < 2 || in_parallel == nullptr) return;
  std::atomic<int> team = 0;
  const auto count = [](void* sum) { ++*static_cast<std::atomic<int>*>(sum); };
  in_parallel(count, &team, static_cast<unsigned>(threads), 0);
  if (team == threads) return;
  throw UsageError(
      fmt::format("OpenMP gives {0} of {1} threads: unset OMP_THREAD_LIMIT and "
                  "OMP_MAX_ACTIVE_LEVELS, or use --threads {0}",
                  team.load(),
                  threads));
}

}  // namespace

void use_processor(int threads, int own) {
  refuse_little_address_space(threads);
  refuse_few_threads(threads, own);
  // Else OpenMP gives fewer where the machine is busy (OMP_DYNAMIC).
  if (auto* set = find_function<void(int)>("omp_set_dynamic")) set(0);
  torch::set_num_threads(threads);
  // LibTorch does not tell OpenBLAS, whose own threads spin while they wait for work.
  if (auto* set = find_function<void(int)>("openblas_set_num_threads")) set(threads);
  refuse_smaller_team(threads);
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_MMAP_MAX, 0);  // else what is above 32 MiB is always mapped and given back
#endif
}

}  // namespace regionwise::network

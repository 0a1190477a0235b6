#include "network/device.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <torch/cuda.h>
#include <torch/utils.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <string>
#include <utility>

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

}  // namespace

void use_processor(int threads) {
  refuse_little_address_space(threads);
  torch::set_num_threads(threads);
  // LibTorch does not tell OpenBLAS, whose own threads spin while they wait for work.
  using SetThreads = void (*)(int);
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(set)(threads);
  }
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_MMAP_MAX, 0);  // else what is above 32 MiB is always mapped and given back
#endif
}

}  // namespace regionwise::network

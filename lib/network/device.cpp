#include "network/device.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
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

/// OpenBLAS asks for a buffer when a thread first multiplies, and asks for ever where there is no memory
/// for it: found out before, and had by the first thread at least. Throws std::bad_alloc.
void reserve_blas_buffers(int threads) {
  constexpr std::size_t kBufferBytes = 130 << 20;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> buffers;
  for (int i = 0; i < threads; ++i) {
    buffers.emplace_back(std::malloc(kBufferBytes), std::free);  // not touched: takes no memory
    if (!buffers.back()) throw std::bad_alloc();
  }
  buffers.clear();
  const auto square = torch::ones({64, 64});
  torch::mm(square, square);
}

}  // namespace

void use_processor(int threads) {
  torch::set_num_threads(threads);
  // LibTorch does not tell OpenBLAS, whose own threads spin while they wait for work.
  using SetThreads = void (*)(int);
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(set)(threads);
    reserve_blas_buffers(threads);
  }
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_MMAP_MAX, 0);  // else what is above 32 MiB is always mapped and given back
#endif
}

}  // namespace regionwise::network

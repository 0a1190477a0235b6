#pragma once

// Where LibTorch 1.13 and 2.x differ; for optimizers see training/adam_state.hpp.

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/types.h>
#include <torch/version.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace regionwise::network {

/// The version linked, such as "1.13.1".
inline std::string libtorch_version() {
  return TORCH_VERSION;
}

/// bfloat16 autocast for as long as it lives (does nothing unless `enabled`).
class AutocastGuard {
 public:
  AutocastGuard(bool enabled, const torch::Device& device)
      : enabled_(enabled), type_(device.type()) {
    if (!enabled_) return;
    set(true);
    at::autocast::increment_nesting();
  }
  ~AutocastGuard() {
    if (!enabled_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set(false);
  }
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  void set(bool on) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_enabled(type_, on);
    at::autocast::set_autocast_dtype(type_, torch::kBFloat16);
#else
    if (type_ == torch::kCUDA) {
      at::autocast::set_enabled(on);
      at::autocast::set_autocast_gpu_dtype(torch::kBFloat16);
    } else {
      at::autocast::set_cpu_enabled(on);
      at::autocast::set_autocast_cpu_dtype(torch::kBFloat16);
    }
#endif
  }

  bool enabled_;
  torch::DeviceType type_;
};

/// The type that autocast computes in on a device; none where it is off.
inline std::optional<torch::ScalarType> autocast_type(const torch::Device& device) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  if (!at::autocast::is_autocast_enabled(device.type())) return std::nullopt;
  return at::autocast::get_autocast_dtype(device.type());
#else
  if (device.is_cuda()) {
    if (!at::autocast::is_enabled()) return std::nullopt;
    return at::autocast::get_autocast_gpu_dtype();
  }
  if (!at::autocast::is_cpu_enabled()) return std::nullopt;
  return at::autocast::get_autocast_cpu_dtype();
#endif
}

/// Operators take types as they are for as long as it lives.
class NoAutocast {
 public:
  explicit NoAutocast(const torch::Device& device)
      : guard_(device.is_cuda() ? c10::DispatchKeySet(c10::DispatchKey::AutocastCUDA)
                                : c10::DispatchKeySet(c10::DispatchKey::AutocastCPU)) {}

 private:
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

/// The same bytes from the same command: deterministic algorithms, no autotuning. An operator
/// without a deterministic form is then an error that names it.
inline void make_deterministic() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // cuBLAS needs it to comply
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  // Nothing here reads what it has not written; filling every new tensor would take a pass over it.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
}

}  // namespace regionwise::network

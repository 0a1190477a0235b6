#pragma once

// Where LibTorch 1.13 and 2.x differ, and nowhere else.

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <string>

namespace regionwise::network {

/// The version linked, such as "1.13.1".
inline std::string libtorch_version() { return TORCH_VERSION; }

/// bfloat16 autocast for as long as it lives (does nothing unless `enabled`).
class AutocastGuard {
 public:
  AutocastGuard(bool enabled, const torch::Device& device) : enabled_(enabled), type_(device.type()) {
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

/// Adam's state of one parameter; null before its first step.
inline torch::optim::AdamParamState* adam_state(torch::optim::Adam& optimizer,
                                                const torch::Tensor& parameter) {
#if TORCH_VERSION_MAJOR >= 2
  void* key = parameter.unsafeGetTensorImpl();
#else
  const std::string key = c10::guts::to_string(parameter.unsafeGetTensorImpl());
#endif
  const auto found = optimizer.state().find(key);
  if (found == optimizer.state().end()) return nullptr;
  return static_cast<torch::optim::AdamParamState*>(found->second.get());
}

inline void set_adam_state(torch::optim::Adam& optimizer,
                           const torch::Tensor& parameter,
                           std::unique_ptr<torch::optim::AdamParamState> state) {
#if TORCH_VERSION_MAJOR >= 2
  optimizer.state()[parameter.unsafeGetTensorImpl()] = std::move(state);
#else
  optimizer.state()[c10::guts::to_string(parameter.unsafeGetTensorImpl())] = std::move(state);
#endif
}

/// The same bytes from the same command: deterministic algorithms, no autotuning.
inline void make_deterministic() {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
}

}  // namespace regionwise::network

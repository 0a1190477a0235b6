#pragma once

#include <torch/torch.h>

#include <string>

namespace regionwise::network {

/// "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1". Throws UsageError for another name
/// or a device that is not there.
torch::Device parse_device(const std::string& name);

/// Threads of LibTorch's operators (Debian's build believes in one core).
void use_threads(int threads);

}  // namespace regionwise::network

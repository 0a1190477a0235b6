#pragma once

// Adam's state of a parameter, which LibTorch 1.13 and 2.x keep under different keys.

#include <torch/optim/adam.h>

#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace regionwise::training {

/// What an optimizer calls a parameter's state: a text in LibTorch 1.13, an address in later ones.
template <class Key>
Key state_key(const torch::Tensor& parameter) {
  if constexpr (std::is_same_v<Key, std::string>) {
    std::ostringstream address;  // as LibTorch 1.13's c10::guts::to_string, which 2.x lacks
    address << parameter.unsafeGetTensorImpl();
    return address.str();
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}
using StateKey = std::decay_t<decltype(std::declval<torch::optim::Adam>().state())>::key_type;

/// Adam's state of one parameter; null before its first step.
inline torch::optim::AdamParamState* adam_state(torch::optim::Adam& optimizer,
                                                const torch::Tensor& parameter) {
  const auto found = optimizer.state().find(state_key<StateKey>(parameter));
  if (found == optimizer.state().end()) return nullptr;
  return static_cast<torch::optim::AdamParamState*>(found->second.get());
}

inline void set_adam_state(torch::optim::Adam& optimizer,
                           const torch::Tensor& parameter,
                           std::unique_ptr<torch::optim::AdamParamState> state) {
  optimizer.state()[state_key<StateKey>(parameter)] = std::move(state);
}

}  // namespace regionwise::training

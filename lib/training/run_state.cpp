#include "training/run_state.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "network/weights.hpp"
#include "training/adam_state.hpp"

namespace regionwise::training {

void store_state(storage::RunRecord& record,
                 const network::UNet& net,
                 torch::optim::Adam& optimizer) {
  record.weights = network::weights_of(net);
  record.optimizer.clear();
  for (const auto& parameter : net->named_parameters()) {
    const auto* adam = adam_state(optimizer, parameter.value());
    if (adam == nullptr) continue;
    const std::string& name = parameter.key();
    record.optimizer.push_back(
        network::to_array(name + "/step", torch::tensor({adam->step()}, torch::kInt64)));
    record.optimizer.push_back(network::to_array(name + "/exp_avg", adam->exp_avg()));
    record.optimizer.push_back(network::to_array(name + "/exp_avg_sq", adam->exp_avg_sq()));
  }
}

void load_state(const storage::RunRecord& record,
                network::UNet& net,
                torch::optim::Adam& optimizer) {
  network::load_weights(net, record.weights, "weights");
  std::map<std::string, torch::Tensor> state;
  for (const auto& array : record.optimizer) state[array.name] = network::to_tensor(array);
  for (const auto& parameter : net->named_parameters()) {
    const auto step = state.find(parameter.key() + "/step");
    if (step == state.end()) continue;
    auto adam = std::make_unique<torch::optim::AdamParamState>();
    adam->step(step->second.item<std::int64_t>());
    adam->exp_avg(state.at(parameter.key() + "/exp_avg").to(parameter.value()));
    adam->exp_avg_sq(state.at(parameter.key() + "/exp_avg_sq").to(parameter.value()));
    set_adam_state(optimizer, parameter.value(), std::move(adam));
  }
}

}  // namespace regionwise::training

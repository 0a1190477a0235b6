#include "training/device_step.hpp"

#include <algorithm>
#include <cmath>

#include "network/compat.hpp"
#include "training/adam.hpp"

#ifdef REGIONWISE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace regionwise::training {
namespace {

using torch::Tensor;

const torch::optim::AdamOptions& options_of(const torch::optim::Adam& optimizer) {
  return static_cast<const torch::optim::AdamOptions&>(optimizer.param_groups().front().options());
}

/// The norm of all gradients together, on the device.
Tensor norm_of(const std::vector<Tensor>& gradients) {
  std::vector<Tensor> norms;
  for (const Tensor& norm : at::_foreach_norm(gradients, 2)) norms.push_back(norm);
  return torch::linalg_vector_norm(torch::stack(norms), 2);
}

}  // namespace

Tensor clip_divisor(const Tensor& norm, double clip) {
  return ((norm + 1e-6) / clip).clamp_min(1).to(torch::kFloat32);
}

#ifdef REGIONWISE_CUDA
/// A recorded step and the tensors that it reads.
struct DeviceStep::Graph {
  explicit Graph(torch::Device on)
      : device(on), stream(at::cuda::getStreamFromPool(/*isHighPriority=*/false, on.index())) {}

  bool holds(const StepInput& given, double rate) const {
    return recorded != nullptr && given.epoch == input.epoch && rate == learning_rate &&
           given.images.sizes() == input.images.sizes() &&
           given.maps.defined() == input.maps.defined();
  }

  void take(const StepInput& given) {
    const bool fits = input.images.defined() && given.images.sizes() == input.images.sizes() &&
                      given.maps.defined() == input.maps.defined();
    if (!fits) {
      input = given;
      input.images = torch::empty_like(given.images);
      input.labels = torch::empty_like(given.labels);
      if (given.maps.defined()) input.maps = torch::empty_like(given.maps);
    }
    input.images.copy_(given.images, /*non_blocking=*/true);
    input.labels.copy_(given.labels, /*non_blocking=*/true);
    if (given.maps.defined()) input.maps.copy_(given.maps, /*non_blocking=*/true);
    input.spacings_mm = given.spacings_mm;
    input.epoch = given.epoch;
  }

  torch::Device device;
  at::cuda::CUDAStream stream;
  std::unique_ptr<at::cuda::CUDAGraph> recorded;
  StepInput input;
  double learning_rate = 0;
};
#else
struct DeviceStep::Graph {};
#endif

DeviceStep::DeviceStep(network::UNet& net,
                       const losses::Loss& loss,
                       torch::optim::Adam& optimizer,
                       const StepSettings& settings,
                       bool record)
    : net_(net), loss_(loss), optimizer_(optimizer), settings_(settings), record_(record) {}

DeviceStep::~DeviceStep() = default;

bool DeviceStep::can_record(const losses::Loss& loss, std::string& why) {
#ifdef REGIONWISE_CUDA
  why = loss.stays_on_device() ? "" : "the loss's map is computed on the CPU";
#else
  (void)loss;
  why = "this program was built without GPU kernels";
#endif
  return why.empty();
}

/// Adam's state begins, and is brought into the parameters' order in memory, as the fused kernel
/// wants it.
void DeviceStep::list_state() {
  parameters_.clear();
  means_.clear();
  squares_.clear();
  counts_.clear();
  for (const Tensor& parameter : net_->parameters()) {
    if (!parameter.grad().defined()) continue;
    torch::optim::AdamParamState& state = adam_state_of(optimizer_, parameter);
    parameters_.push_back(parameter);
    means_.push_back(state.exp_avg());
    squares_.push_back(state.exp_avg_sq());
    counts_.push_back(torch::full(
        {}, static_cast<double>(state.step()), parameter.options().dtype(torch::kFloat32)));
  }
}

/// The optimizer's step; the kernel leaves everything as it is where the norm is not finite.
void DeviceStep::enqueue_adam(const Tensor& norm) {
  const auto& options = options_of(optimizer_);
  const Tensor failed = torch::isfinite(norm).logical_not().to(torch::kFloat32);
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
  at::_foreach_add_(counts_, 1);
  const auto [beta1, beta2] = options.betas();
  at::_fused_adam_(parameters_,
                   gradients,
                   means_,
                   squares_,
                   {},
                   counts_,
                   options.lr(),
                   beta1,
                   beta2,
                   options.weight_decay(),
                   options.eps(),
                   /*amsgrad=*/false,
                   /*maximize=*/false,
                   clip_divisor(norm, settings_.gradient_clip),
                   failed);
}

void DeviceStep::enqueue(const StepInput& input) {
  for (const Tensor& parameter : net_->parameters()) parameter.mutable_grad().reset();
  tensors_ = forward(net_, loss_, input, settings_.deep_supervision, settings_.precision);
  tensors_.loss.backward();
  const torch::NoGradGuard no_grad;
  if (parameters_.empty()) list_state();
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
  const Tensor norm = norm_of(gradients);
  enqueue_adam(norm);
  std::vector<Tensor> numbers = {tensors_.loss.detach().to(torch::kFloat64)};
  for (const auto& [name, term] : tensors_.terms) numbers.push_back(term);
  numbers.push_back(norm.to(torch::kFloat64));
  numbers_ = torch::stack(numbers);
}

void DeviceStep::run(const StepInput& input) {
#ifdef REGIONWISE_CUDA
  // LibTorch and cuDNN choose and allocate in the first steps, which a recording must not see.
  constexpr std::int64_t kEagerSteps = 3;
  if (record_) {
    if (!graph_) graph_ = std::make_unique<Graph>(input.images.device());
    const c10::cuda::CUDAGuard device(graph_->device);
    const auto caller = at::cuda::getCurrentCUDAStream();
    at::cuda::CUDAEvent ready;
    ready.record(caller);
    ready.block(graph_->stream);
    const c10::cuda::CUDAStreamGuard stream(graph_->stream);
    if (steps_ < kEagerSteps) return enqueue(input);
    const bool holds = graph_->holds(input, options_of(optimizer_).lr());
    graph_->take(input);
    if (!holds) {
      graph_->recorded = std::make_unique<at::cuda::CUDAGraph>();
      graph_->learning_rate = options_of(optimizer_).lr();
      torch::cuda::synchronize();
      graph_->recorded->capture_begin();
      enqueue(graph_->input);
      graph_->recorded->capture_end();
    }
    return graph_->recorded->replay();
  }
#endif
  enqueue(input);
}

std::pair<StepResult, double> DeviceStep::read(const StepInput& input) {
  const Tensor numbers = numbers_.cpu();  // waits for the device
  const double* number = numbers.data_ptr<double>();
  StepResult result;
  result.loss = *number++;
  for (const auto& [name, term] : tensors_.terms) result.terms.emplace_back(name, *number++);
  if (!std::isfinite(result.loss)) blame(input, tensors_);
  if (!std::isfinite(*number)) blame_gradients(net_);
  return {result, *number};
}

std::pair<StepResult, double> DeviceStep::operator()(const StepInput& input) {
  run(input);
#ifdef REGIONWISE_CUDA
  c10::cuda::OptionalCUDAStreamGuard stream;
  if (graph_) stream.reset_stream(graph_->stream.unwrap());
#endif
  auto result = read(input);
  ++steps_;
  for (const Tensor& parameter : parameters_) {
    auto* state = network::adam_state(optimizer_, parameter);
    state->step(state->step() + 1);
  }
  return result;
}

}  // namespace regionwise::training

#include "training/device_step.hpp"

#include <fmt/format.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

#ifdef REGIONWISE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/cuda.h>
#endif

namespace regionwise::training {

using torch::Tensor;

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
  bool failed = false;  ///< Steps cannot be recorded.
};
#else
struct DeviceStep::Graph {};
#endif

DeviceStep::DeviceStep(network::UNet& net,
                       const losses::Loss& loss,
                       torch::optim::Adam& optimizer,
                       const StepSettings& settings,
                       bool record,
                       Warn warn)
    : net_(net),
      loss_(loss),
      settings_(settings),
      record_(record),
      warn_(std::move(warn)),
      adam_(optimizer) {
  std::string why;
  TORCH_CHECK(!record_ || can_record(loss, why), "steps cannot be recorded: ", why);
}

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

void DeviceStep::enqueue(const StepInput& input) {
  for (const Tensor& parameter : net_->parameters()) parameter.mutable_grad().reset();
  tensors_ = forward(net_, loss_, input, settings_.deep_supervision, settings_.precision);
  tensors_.loss.backward();
  const torch::NoGradGuard no_grad;
  const Tensor norm = adam_.enqueue(tensors_.loss, settings_.gradient_clip);
  std::vector<Tensor> numbers = {tensors_.loss.detach().to(torch::kFloat64)};
  for (const auto& [name, term] : tensors_.terms) numbers.push_back(term);
  numbers.push_back(norm.to(torch::kFloat64));
  numbers_ = torch::stack(numbers);
}

#ifdef REGIONWISE_CUDA
void DeviceStep::replay(const StepInput& input) {
  // LibTorch and cuDNN choose and allocate in the first steps, which a recording must not see.
  constexpr std::int64_t kEagerSteps = 3;
  if (!graph_) graph_ = std::make_unique<Graph>(input.images.device());
  const c10::cuda::CUDAGuard device(graph_->device);
  at::cuda::CUDAEvent ready;
  ready.record(at::cuda::getCurrentCUDAStream());
  ready.block(graph_->stream);
  const c10::cuda::CUDAStreamGuard stream(graph_->stream);
  if (steps_ < kEagerSteps || graph_->failed) return enqueue(input);
  const bool holds = graph_->holds(input, adam_.learning_rate());
  graph_->take(input);
  if (!holds) {
    graph_->learning_rate = adam_.learning_rate();
    record();
    if (graph_->failed) return enqueue(input);
  }
  graph_->recorded->replay();
}

void DeviceStep::record() {
  graph_->recorded = std::make_unique<at::cuda::CUDAGraph>();
  torch::cuda::synchronize();
  try {
    graph_->recorded->capture_begin();
    enqueue(graph_->input);
    graph_->recorded->capture_end();
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    give_up_recording(reason.substr(0, reason.find('\n')));
  }
}

/// Leaves the stream as it was before the recording.
void DeviceStep::give_up_recording(const std::string& reason) {
  try {
    graph_->recorded->capture_end();
  } catch (const c10::Error&) {
    // It says again what is known.
  }
  cudaGetLastError();
  // LibTorch before 2.12 (its pull request 180395) goes on asking this recording whether it is
  // under way, at every allocation until the program ends: it must stay.
  (void)graph_->recorded.release();
  graph_->failed = true;
  const std::string message = fmt::format(
      "the step cannot be recorded as a CUDA graph: its kernels are started one by one ({})",
      reason);
  if (!warn_) TORCH_WARN(message);
  if (warn_) warn_(message);
}
#endif

void DeviceStep::start(const StepInput& input) {
  input_ = input;
#ifdef REGIONWISE_CUDA
  if (record_) return replay(input);
#endif
  enqueue(input);
}

std::pair<StepResult, double> DeviceStep::read() const {
#ifdef REGIONWISE_CUDA
  c10::cuda::OptionalCUDAStreamGuard stream;
  if (graph_) stream.reset_stream(graph_->stream.unwrap());
#endif
  const Tensor numbers = numbers_.cpu();  // waits for the device
  const double* number = numbers.data_ptr<double>();
  StepResult result;
  result.loss = *number++;
  for (const auto& [name, term] : tensors_.terms) result.terms.emplace_back(name, *number++);
  if (!std::isfinite(result.loss)) blame(input_, tensors_);
  if (!std::isfinite(*number)) blame_gradients(net_);
  return {result, *number};
}

std::pair<StepResult, double> DeviceStep::finish() {
  auto result = read();
  ++steps_;
  adam_.count();
  return result;
}

}  // namespace regionwise::training

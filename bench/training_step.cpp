// One step of a training: gradients of the region-wise loss with rectified maps made on the fly,
// clipping and Adam. Cases are <plan>-<threads>-threads, variants the precisions; where there is a
// GPU also <plan>-gpu, with the batch on it: steps recorded as a CUDA graph, and one by one
// (eager). Their limit is that of bench/support/step_floor.hpp.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "losses/loss.hpp"
#include "network/compat.hpp"
#include "network/device.hpp"
#include "network/unet.hpp"
#include "support/step_floor.hpp"
#include "training/device_step.hpp"
#include "training/step.hpp"

namespace regionwise {
namespace {

struct Plan {
  std::string name;
  std::int64_t batch;
  std::int64_t height;
  std::int64_t width;
  network::UNetConfig network;
};

/// What planning finds for the hippocampus and for hearts, with a batch of 4 where a processor has
/// to do it.
std::vector<Plan> plans(const torch::Device& device) {
  network::UNetConfig hippocampus;
  hippocampus.classes = 3;
  hippocampus.strides.assign(3, {2, 2});
  hippocampus.kernels.assign(4, {3, 3});
  network::UNetConfig hearts;
  hearts.classes = 4;
  hearts.strides = {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 1}};
  hearts.kernels.assign(7, {3, 3});
  return {{"hippocampus", 32, 56, 40, hippocampus},
          {"hearts", device.is_cuda() ? 58 : 4, 256, 224, hearts}};
}

/// Nested discs, one class inside the other, a little elsewhere in every sample; noisy images of
/// them. The peers make the same.
training::StepInput input_of(const Plan& plan) {
  training::StepInput input;
  input.labels = torch::zeros({plan.batch, plan.height, plan.width}, torch::kInt64);
  const torch::Tensor y = torch::arange(plan.height, torch::kFloat32).view({-1, 1});
  const torch::Tensor x = torch::arange(plan.width, torch::kFloat32).view({1, -1});
  for (std::int64_t n = 0; n < plan.batch; ++n) {
    const double cy = static_cast<double>(plan.height) * (0.4 + 0.02 * static_cast<double>(n % 8));
    const double cx = static_cast<double>(plan.width) * (0.6 - 0.02 * static_cast<double>(n % 8));
    const torch::Tensor squared = (y - cy).square() + (x - cx).square();
    for (std::int64_t k = 1; k < plan.network.classes; ++k) {
      const double radius = 0.35 * static_cast<double>(plan.width) / static_cast<double>(k);
      input.labels[n].masked_fill_(squared.lt(radius * radius), k);
    }
  }
  torch::manual_seed(1);
  input.images = input.labels.unsqueeze(1).to(torch::kFloat32);
  input.images = input.images + 0.5 * torch::randn_like(input.images);
  return input;
}

/// A network that learns from one batch.
struct Training {
  Training(const Plan& plan, const torch::Device& device) : net(plan.network) {
    network::make_deterministic();
    network::initialise(net, 1);
    net->to(device);
    net->train();
    optimizer = std::make_unique<torch::optim::Adam>(
        net->parameters(), torch::optim::AdamOptions(1e-4).weight_decay(3e-5));
    loss = losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "rectified"}}}}, "loss");
    input = input_of(plan);
    input.images = input.images.to(device);
    input.labels = input.labels.to(device);
  }

  network::UNet net;
  std::unique_ptr<torch::optim::Adam> optimizer;
  std::unique_ptr<losses::Loss> loss;
  training::StepInput input;
};

/// Times step(), which returns the loss, after `warm` of them.
template <class Step>
void time_steps(benchmark::State& state, const Plan& plan, int warm, const Step& step) {
  const double first = step();
  for (int i = 1; i < warm; ++i) step();
  double last = first;
  for (auto _ : state) last = step();
  state.counters["images"] = static_cast<double>(plan.batch);
  if (!(last < first)) state.SkipWithError("the loss does not fall");
}

void run_step(benchmark::State& state,
              const Plan& plan,
              training::Precision precision,
              int threads) {
  network::use_processor(threads);
  Training training(plan, torch::kCPU);
  time_steps(state, plan, 2, [&] {
    const double loss =
        training::compute_gradients(training.net, *training.loss, training.input, true, precision)
            .loss;
    training::clip_and_step(training.net, *training.optimizer, 12);
    return loss;
  });
}

void run_device_step(benchmark::State& state,
                     const Plan& plan,
                     training::Precision precision,
                     bool record) {
  Training training(plan, torch::kCUDA);
  std::string why;
  if (record && !training::DeviceStep::can_record(*training.loss, why)) {
    return state.SkipWithError(why.c_str());
  }
  training::DeviceStep step(
      training.net, *training.loss, *training.optimizer, {.precision = precision}, record);
  time_steps(state, plan, 5, [&] {
    step.start(training.input);
    return step.finish().first.loss;
  });
}

/// Takes no time itself: it says how long the floor is.
void tell_floor(benchmark::State& state, const Plan& plan) {
  const bench::Rates rates = bench::measure_rates(torch::kCUDA);
  const bench::StepFloor floor(plan.network, plan.batch, plan.height, plan.width, rates);
  for (auto _ : state) state.SetIterationTime(floor.seconds());
  state.counters["images"] = static_cast<double>(plan.batch);
  state.counters["flop_ms"] = 1e3 * floor.flop() / rates.flop_a_second;
  state.counters["bytes_ms"] = 1e3 * floor.bytes() / rates.bytes_a_second;
  state.counters["GB/s"] = 1e-9 * rates.bytes_a_second;
  state.counters["TFLOP/s"] = 1e-12 * rates.flop_a_second;
}

const std::vector<std::pair<std::string, training::Precision>> kPrecisions = {
    {"float32", training::Precision::float32}, {"bfloat16", training::Precision::bfloat16}};

void register_on_processor() {
  for (const Plan& plan : plans(torch::kCPU)) {
    for (const int threads : {1, 2}) {
      for (const auto& [name, precision] : kPrecisions) {
        benchmark::RegisterBenchmark(
            fmt::format("{}-{}-threads/{}", plan.name, threads, name).c_str(),
            run_step,
            plan,
            precision,
            threads)
            ->MeasureProcessCPUTime()
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
}

void register_on_gpu() {
  for (const Plan& plan : plans(torch::kCUDA)) {
    for (const auto& [name, precision] : kPrecisions) {
      for (const bool record : {true, false}) {
        benchmark::RegisterBenchmark(
            fmt::format("{}-gpu/{}{}", plan.name, name, record ? "" : "-eager").c_str(),
            run_device_step,
            plan,
            precision,
            record)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
    benchmark::RegisterBenchmark(fmt::format("{}-gpu/limit", plan.name).c_str(), tell_floor, plan)
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
}

const bool registered = [] {
  register_on_processor();
  if (torch::cuda::is_available()) register_on_gpu();
  return true;
}();

}  // namespace
}  // namespace regionwise

BENCHMARK_MAIN();

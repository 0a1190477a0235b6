// One step of a training: gradients of the region-wise loss with rectified maps made on the fly,
// clipping and Adam. Cases are <plan>-<threads>-threads, variants the precisions, whose limit is
// the step's convolutions alone; where there is a GPU also <plan>-gpu, with the batch on it: steps
// recorded as a CUDA graph, and one by one (eager). Their limit is that of
// bench/support/step_floor.hpp. <plan>-maps-… are a step's maps alone, of all heads.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "losses/loss.hpp"
#include "losses/map_source.hpp"
#include "network/compat.hpp"
#include "network/deep_supervision.hpp"
#include "network/device.hpp"
#include "network/unet.hpp"
#include "support/step_convolutions.hpp"
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

void run_convolutions(benchmark::State& state,
                      const Plan& plan,
                      training::Precision precision,
                      int threads) {
  network::use_processor(threads);
  const bench::StepConvolutions convolutions(
      plan.network,
      plan.batch,
      plan.height,
      plan.width,
      precision == training::Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32);
  convolutions.run();
  for (auto _ : state) convolutions.run();
}

/// The maps that a step's loss takes, of every head that has a weight, on the labels' device.
std::vector<torch::Tensor> maps_of(const Plan& plan, const torch::Tensor& labels) {
  const maps::MapSpecification rectified({{"name", "rectified"}}, "map");
  const auto strides = network::head_strides(plan.network.strides);
  const auto weights = network::deep_supervision_weights(std::ssize(plan.network.strides));
  std::vector<torch::Tensor> maps;
  for (std::size_t i = 0; i < weights.size() && weights[i] != 0; ++i) {
    const torch::Tensor shrunk = network::shrink(labels, strides[i]);
    const torch::Tensor logits =
        torch::zeros({}, labels.options().dtype(torch::kFloat32))
            .expand({plan.batch, plan.network.classes, shrunk.size(1), shrunk.size(2)});
    maps.push_back(losses::compute_map(rectified, shrunk, logits, {}));
  }
  return maps;
}

double sum_of(const std::vector<torch::Tensor>& maps) {
  double sum = 0;
  for (const torch::Tensor& map : maps) sum += map.sum(torch::kFloat64).item<double>();
  return sum;
}

void run_maps(benchmark::State& state, const Plan& plan, int threads) {
  network::use_processor(threads);
  const torch::Tensor labels = input_of(plan).labels;
  for (auto _ : state) benchmark::DoNotOptimize(maps_of(plan, labels));
  state.counters["result"] = sum_of(maps_of(plan, labels));
}

void run_device_maps(benchmark::State& state, const Plan& plan) {
  const torch::Tensor labels = input_of(plan).labels;
  const torch::Tensor there = labels.to(torch::kCUDA);
  const auto expected = maps_of(plan, labels);
  const auto found = maps_of(plan, there);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!torch::equal(found[i].cpu(), expected[i])) {
      return state.SkipWithError("differs from the processor's maps");
    }
  }
  torch::cuda::synchronize();
  for (auto _ : state) {
    benchmark::DoNotOptimize(maps_of(plan, there));
    torch::cuda::synchronize();
  }
  state.counters["result"] = sum_of(found);
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

template <class... Arguments>
void add(const std::string& name, Arguments&&... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), std::forward<Arguments>(arguments)...)
      ->MeasureProcessCPUTime()
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void register_on_processor() {
  for (const Plan& plan : plans(torch::kCPU)) {
    for (const int threads : {1, 2}) {
      for (const auto& [name, precision] : kPrecisions) {
        const std::string row = fmt::format("{}-{}-threads/{}", plan.name, threads, name);
        add(row, run_step, plan, precision, threads);
        add(row + "/limit", run_convolutions, plan, precision, threads);
      }
      add(fmt::format("{}-maps-{}-threads", plan.name, threads), run_maps, plan, threads);
    }
  }
}

void register_on_gpu() {
  for (const Plan& plan : plans(torch::kCUDA)) {
    for (const auto& [name, precision] : kPrecisions) {
      for (const bool record : {true, false}) {
        add(fmt::format("{}-gpu/{}{}", plan.name, name, record ? "" : "-eager"),
            run_device_step,
            plan,
            precision,
            record);
      }
    }
    add(fmt::format("{}-maps-gpu", plan.name), run_device_maps, plan);
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

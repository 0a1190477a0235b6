// One step of a training: gradients of the region-wise loss with rectified maps made on the fly,
// clipping and Adam. Cases are <plan>-<threads>-threads, variants the precisions.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "losses/loss.hpp"
#include "network/compat.hpp"
#include "network/device.hpp"
#include "network/unet.hpp"
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

/// What planning finds for the hippocampus, and for hearts (a batch of 4 instead of dozens).
std::vector<Plan> plans() {
  network::UNetConfig hippocampus;
  hippocampus.classes = 3;
  hippocampus.strides.assign(3, {2, 2});
  hippocampus.kernels.assign(4, {3, 3});
  network::UNetConfig hearts;
  hearts.classes = 4;
  hearts.strides = {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 1}};
  hearts.kernels.assign(7, {3, 3});
  return {{"hippocampus", 32, 56, 40, hippocampus}, {"hearts", 4, 256, 224, hearts}};
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

void run_step(benchmark::State& state,
              const Plan& plan,
              training::Precision precision,
              int threads) {
  network::use_processor(threads);
  network::make_deterministic();
  network::UNet net(plan.network);
  network::initialise(net, 1);
  net->train();
  torch::optim::Adam optimizer(net->parameters(),
                               torch::optim::AdamOptions(1e-4).weight_decay(3e-5));
  const auto loss =
      losses::make_loss({{"name", "region-wise"}, {"map", {{"name", "rectified"}}}}, "loss");
  const training::StepInput input = input_of(plan);
  double first = 0;
  double last = 0;
  const auto step = [&] {
    last = training::compute_gradients(net, *loss, input, true, precision).loss;
    training::clip_and_step(net, optimizer, 12);
  };
  step();
  first = last;
  step();
  for (auto _ : state) step();
  if (!(last < first)) state.SkipWithError("the loss does not fall");
}

const bool registered = [] {
  for (const Plan& plan : plans()) {
    for (const int threads : {1, 2}) {
      for (const auto& [name, precision] : {std::pair{"float32", training::Precision::float32},
                                            std::pair{"bfloat16", training::Precision::bfloat16}}) {
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
  return true;
}();

}  // namespace
}  // namespace regionwise

BENCHMARK_MAIN();

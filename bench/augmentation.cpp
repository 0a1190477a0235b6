// The reference's augmentation of 400 images: 365² → 256×224 and 80² → 56×40.
#include "training/augmentation.hpp"

#include <benchmark/benchmark.h>

#include <numeric>

#include "support/inputs.hpp"

namespace regionwise::bench {
namespace {

using training::AugmentationConfig;
using training::TrainingSample;

struct Case {
  const char* name;  ///< Of the row.
  const char* input;
  Shape2 patch;
};

constexpr Case kCases[] = {{"365", "images_365", {256, 224}}, {"80", "images_80", {56, 40}}};

/// Each measurement takes so many images, each by its own draws, so that all steps act as often as
/// they do in training. peers/augmentation.py takes as many.
constexpr std::uint32_t kImages = 400;

std::vector<TrainingSample> read_samples(const Case& measured) {
  const Images images = read_images(measured.input);
  std::vector<TrainingSample> samples;
  for (std::int64_t i = 0; i < images.samples; ++i) {
    const std::int64_t pixels = images.shape.size();
    const auto image = images.images.begin() + i * pixels;
    const auto label = images.labels.begin() + i * pixels;
    TrainingSample sample{.channels = 1,
                          .shape = images.shape,
                          .image = {image, image + pixels},
                          .label = {label, label + pixels},
                          .map_channels = 0,
                          .map = {}};
    samples.push_back(std::move(sample));
  }
  return samples;
}

void augment_all(benchmark::State& state, const Case& measured) {
  const std::vector<TrainingSample> samples = read_samples(measured);
  const AugmentationConfig config;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kImages; ++i) {
      const DrawPosition position{.iteration = i};
      benchmark::DoNotOptimize(
          training::augment(samples[i % samples.size()], measured.patch, config, {}, 1, position));
    }
  }
  state.SetItemsProcessed(state.iterations() * kImages);
}

/// What is left where no step acts: cutting out the patch.
void cut_all(benchmark::State& state, const Case& measured) {
  const std::vector<TrainingSample> samples = read_samples(measured);
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kImages; ++i) {
      benchmark::DoNotOptimize(training::centre_crop(samples[i % samples.size()], measured.patch));
    }
  }
}

/// Rotation and scaling alone, of one image.
void warp_one(benchmark::State& state, const Case& measured) {
  const std::vector<TrainingSample> samples = read_samples(measured);
  for (auto _ : state) {
    benchmark::DoNotOptimize(training::rotate_and_scale(samples[0], measured.patch, 0.4, 1.1));
  }
  const TrainingSample warped = training::rotate_and_scale(samples[0], measured.patch, 0.4, 1.1);
  state.counters["result"] = std::accumulate(warped.image.begin(), warped.image.end(), 0.0);
}

const bool registered = [] {
  const auto add = [](const std::string& name, auto function, const Case& measured) {
    benchmark::RegisterBenchmark(name.c_str(), function, measured)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  for (const Case& measured : kCases) {
    if (existing({measured.input}).empty()) continue;
    const std::string name = measured.name;
    add(name, augment_all, measured);
    add(name + "/limit", cut_all, measured);
    add(name + "-warp", warp_one, measured);
  }
  return true;
}();

}  // namespace
}  // namespace regionwise::bench

BENCHMARK_MAIN();

// Time against size, with one and two threads: what should be linear in the number of pixels, of
// voxels or of sign flips shows equal nanoseconds each.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../tests/support/simple_maps.hpp"
#include "core/volume.hpp"
#include "maps/map.hpp"
#include "metrics/metric.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise {
namespace {

/// Sizes up to this are compared with the simple way first, which takes long for more.
constexpr std::int64_t kChecked = 1 << 18;

/// Balls in balls around a centre given in parts of the sides: labels 1, 2, … from the outside in.
Volume<Label> nested_balls(const Shape3& shape, const std::vector<double>& radii, double centre) {
  Volume<Label> labels(shape);
  const auto square = [&](std::int64_t i, std::int64_t side) {
    const double x = side == 1 ? 0 : (static_cast<double>(i) + 0.5) / static_cast<double>(side);
    return side == 1 ? 0 : (x - centre) * (x - centre);
  };
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x) {
        const double distance =
            std::sqrt(square(z, shape.depth) + square(y, shape.height) + square(x, shape.width));
        for (const double radius : radii) {
          if (distance < radius) ++labels.at(z, y, x);
        }
      }
    }
  }
  return labels;
}

/// Runs `work` for as long as Google Benchmark says; `items` is what its time is linear in.
template <class Work>
void measure(benchmark::State& state, std::int64_t items, const Work& work) {
  for (auto _ : state) work();
  state.counters["items"] = static_cast<double>(items);
}

void rectified(benchmark::State& state, const Shape3& shape, int threads) {
  constexpr int kClasses = 4;
  constexpr std::int64_t kSamples = 8;
  const Volume<Label> image = nested_balls(shape, {0.35, 0.25, 0.15}, 0.45);
  std::vector<Label> labels;
  const std::int64_t samples = shape.depth > 1 ? 1 : kSamples;
  for (std::int64_t n = 0; n < samples; ++n) {
    labels.insert(labels.end(), image.values.begin(), image.values.end());
  }
  const maps::MapSpecification map({{"name", "rectified"}, {"dimensions", shape.depth > 1 ? 3 : 2}},
                                   "map");
  std::vector<float> values(labels.size() * kClasses);
  if (shape.size() <= kChecked) {
    map.compute({labels, samples, shape, kClasses, {1, 1, 1}}, threads, std::span(values));
    const auto simple = testing::simple_map(image, kClasses, true);
    if (!std::equal(simple.begin(), simple.end(), values.begin(), [](double a, float b) {
          return static_cast<float>(a) == b;
        })) {
      return state.SkipWithError("differs from the simple way");
    }
  }
  measure(state, std::ssize(labels), [&] {
    map.compute({labels, samples, shape, kClasses, {1, 1, 1}}, threads, std::span(values));
    benchmark::ClobberMemory();
  });
}

Volume<std::uint8_t> ball(const Shape3& shape, double radius, double centre) {
  const Volume<Label> labels = nested_balls(shape, {radius}, centre);
  Volume<std::uint8_t> mask(shape);
  std::copy(labels.values.begin(), labels.values.end(), mask.values.begin());
  return mask;
}

void hausdorff(benchmark::State& state, std::int64_t side, int threads) {
  const Shape3 shape{side, side, side};
  const Volume<std::uint8_t> prediction = ball(shape, 0.3, 0.48);
  const Volume<std::uint8_t> reference = ball(shape, 0.32, 0.5);
  const metrics::MetricEntry& metric = metrics::find_metric("hausdorff");
  // The same as from all distances, which bench/hausdorff.cpp compares with the simple way.
  const metrics::MaskPair pair(prediction.view(), reference.view(), {1.5, 1, 1}, 1);
  const double expected = std::max(std::ranges::max(pair.prediction_to_reference_mm()),
                                   std::ranges::max(pair.reference_to_prediction_mm()));
  if (metric.value({prediction.view(), reference.view(), {1.5, 1, 1}, threads},
                   metrics::EmptyRule::nan_drop) != expected) {
    return state.SkipWithError("differs from the farthest of all distances");
  }
  measure(state, shape.size(), [&] {
    benchmark::DoNotOptimize(metric.value(
        {prediction.view(), reference.view(), {1.5, 1, 1}, threads}, metrics::EmptyRule::nan_drop));
  });
}

void permutation_test(benchmark::State& state, std::int64_t pairs, int threads) {
  constexpr std::int64_t kDraws = 10000;
  std::vector<double> a;
  std::vector<std::string> groups;
  for (std::int64_t i = 0; i < pairs; ++i) {
    a.push_back(std::sin(static_cast<double>(i)));
    groups.push_back("patient" + std::to_string(10000000 + i));
  }
  const std::vector<double> b(a.size(), 0.01);
  const statistics::PermutationOptions options{
      .draws = kDraws, .exact_up_to = 0, .bounds_up_to = 0, .threads = threads};
  statistics::PermutationOptions on_one = options;
  on_one.threads = 1;
  const auto p_of = [&](const statistics::PermutationOptions& how) {
    return statistics::paired_permutation_test(a, b, groups, how).p_value;
  };
  if (p_of(options) != p_of(on_one)) return state.SkipWithError("the p depends on threads");
  measure(state, kDraws * pairs, [&] {
    benchmark::DoNotOptimize(statistics::paired_permutation_test(a, b, groups, options));
  });
}

const bool registered = [] {
  for (const int threads : {1, 2}) {
    const auto add = [&](const std::string& work, std::int64_t size, auto... body) {
      const std::string name = work + "-" + std::to_string(size);
      benchmark::RegisterBenchmark((name + (threads == 1 ? "" : "/two-threads")).c_str(), body...)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    };
    for (const std::int64_t side : {32, 64, 128, 256, 512, 1024}) {
      add("rectified-2d", side, rectified, Shape3{1, side, side}, threads);
    }
    for (const std::int64_t side : {32, 64, 128, 256}) {
      add("rectified-3d", side, rectified, Shape3{side, side, side}, threads);
      add("hausdorff", side, hausdorff, side, threads);
    }
    for (const std::int64_t pairs : {100, 1000, 10000, 100000}) {
      add("permutations", pairs, permutation_test, pairs, threads);
    }
  }
  return true;
}();

}  // namespace
}  // namespace regionwise

BENCHMARK_MAIN();

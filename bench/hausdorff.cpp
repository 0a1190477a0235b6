// Surface distances of two masks: the Hausdorff distance alone, all surface metrics of one pair.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "geometry/box.hpp"
#include "geometry/distance_transform.hpp"
#include "metrics/metric.hpp"
#include "support/inputs.hpp"

namespace regionwise {
namespace {

/// All surface distances by the definition, sorted: the surfaces voxel by voxel, transforms of the
/// box that holds both masks. First those from the prediction.
std::array<std::vector<double>, 2> simple_distances(const bench::Pair& pair) {
  const auto box =
      geometry::grown(geometry::enclosing_box(geometry::bounding_box(pair.prediction.view()),
                                              geometry::bounding_box(pair.reference.view())),
                      1,
                      pair.prediction.shape);
  const auto surface = [&](const Volume<std::uint8_t>& volume) {
    const auto mask = geometry::crop(volume.view(), box);
    std::vector<std::uint8_t> found(mask.size());
    const auto inside = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
      const auto& [depth, height, width] = box.shape;
      return z >= 0 && z < depth && y >= 0 && y < height && x >= 0 && x < width &&
             mask[static_cast<std::size_t>((z * height + y) * width + x)] != 0;
    };
    for (std::int64_t z = 0, i = 0; z < box.shape.depth; ++z) {
      for (std::int64_t y = 0; y < box.shape.height; ++y) {
        for (std::int64_t x = 0; x < box.shape.width; ++x, ++i) {
          found[static_cast<std::size_t>(i)] =
              inside(z, y, x) &&
              !(inside(z - 1, y, x) && inside(z + 1, y, x) && inside(z, y - 1, x) &&
                inside(z, y + 1, x) && inside(z, y, x - 1) && inside(z, y, x + 1));
        }
      }
    }
    return found;
  };
  const auto predicted = surface(pair.prediction);
  const auto referred = surface(pair.reference);
  const auto measure = [&](const auto& from, const auto& to) {
    const auto squared = geometry::squared_distances_mm({to, box.shape}, pair.spacing_mm);
    std::vector<double> distances;
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i] != 0) distances.push_back(std::sqrt(squared[i]));
    }
    std::ranges::sort(distances);
    return distances;
  };
  return {measure(predicted, referred), measure(referred, predicted)};
}

double simple_hausdorff(const bench::Pair& pair) {
  const auto [there, back] = simple_distances(pair);
  return std::max(there.back(), back.back());
}

bool alike(std::vector<double> found, const std::vector<double>& expected) {
  std::ranges::sort(found);
  return std::ranges::equal(
      found, expected, [](double a, double b) { return std::abs(a - b) <= 1e-9; });
}

metrics::MaskPair mask_pair(const bench::Pair& pair, int threads) {
  return {pair.prediction.view(), pair.reference.view(), pair.spacing_mm, threads};
}

double value(const char* metric, const metrics::MaskPair& pair) {
  return metrics::find_metric(metric).value(pair, metrics::EmptyRule::nan_drop);
}

void hausdorff(benchmark::State& state, const std::string& name, int threads) {
  const bench::Pair pair = bench::read_pair(name);
  const double found = value("hausdorff", mask_pair(pair, threads));
  if (std::abs(found - simple_hausdorff(pair)) > 1e-9)
    state.SkipWithError("differs from the simple implementation");
  for (auto _ : state) benchmark::DoNotOptimize(value("hausdorff", mask_pair(pair, threads)));
  state.counters["result"] = found;
}

void all_metrics(benchmark::State& state, const std::string& name, int threads) {
  const bench::Pair pair = bench::read_pair(name);
  // All surface metrics are made of these distances.
  const auto [there, back] = simple_distances(pair);
  const metrics::MaskPair checked = mask_pair(pair, threads);
  if (!alike(checked.prediction_to_reference_mm(), there) ||
      !alike(checked.reference_to_prediction_mm(), back)) {
    return state.SkipWithError("differs from the simple implementation");
  }
  for (auto _ : state) {
    const metrics::MaskPair measured = mask_pair(pair, threads);
    for (const metrics::MetricEntry& entry : metrics::all_metrics())
      benchmark::DoNotOptimize(entry.value(measured, metrics::EmptyRule::nan_drop));
  }
}

/// Reads both masks once.
void limit(benchmark::State& state, const std::string& name) {
  const bench::Pair pair = bench::read_pair(name);
  const auto read = [](std::span<const std::uint8_t> bytes) {
    std::uint8_t any = 0;
    for (const std::uint8_t byte : bytes) any |= byte;
    return any;
  };
  for (auto _ : state) {
    benchmark::DoNotOptimize(read(pair.prediction.values));
    benchmark::DoNotOptimize(read(pair.reference.values));
  }
}

const bool registered = [] {
  for (const std::string& name : bench::pairs()) {
    const auto add = [&](const std::string& variant, auto... body) {
      benchmark::RegisterBenchmark((name + variant).c_str(), body...)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    };
    add("", hausdorff, name, 1);
    add("/two-threads", hausdorff, name, 2);
    add("/all-metrics", all_metrics, name, 1);
    add("/all-metrics-two-threads", all_metrics, name, 2);
    add("/limit", limit, name);
  }
  return true;
}();

}  // namespace
}  // namespace regionwise

BENCHMARK_MAIN();

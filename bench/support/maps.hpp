#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../tests/support/simple_maps.hpp"
#include "maps/map.hpp"
#include "support/inputs.hpp"

/// What the benchmarks of region-wise maps share: float32 maps of every batch, into memory that the
/// caller keeps.
namespace regionwise::bench {

inline maps::LabelBatch label_batch(const Batch& batch) {
  return {batch.labels, batch.samples, batch.shape, batch.classes, {1, 1, 1}};
}

/// Whether the first and the last image's maps are those of the simple way.
inline bool equals_simple(const Batch& batch, const std::vector<float>& map, bool rectified) {
  const std::int64_t size = batch.shape.size();
  for (const std::int64_t sample : {std::int64_t{0}, batch.samples - 1}) {
    Volume<Label> image(batch.shape);
    std::copy_n(batch.labels.begin() + sample * size, size, image.values.begin());
    const auto expected = testing::simple_map(image, batch.classes, rectified);
    const auto found = map.begin() + sample * batch.classes * size;
    if (!std::equal(expected.begin(), expected.end(), found, [](double simple, float fast) {
          return static_cast<float>(simple) == fast;
        })) {
      return false;
    }
  }
  return true;
}

inline void compute_maps(benchmark::State& state,
                         const std::string& input,
                         const std::string& name,
                         int threads) {
  const Batch batch = read_batch(input);
  const int dimensions = batch.shape.depth > 1 ? 3 : 2;
  const maps::MapSpecification map({{"name", name}, {"dimensions", dimensions}}, "map");
  std::vector<float> values(batch.labels.size() * static_cast<std::size_t>(batch.classes));
  map.compute(label_batch(batch), threads, std::span(values));
  if (!equals_simple(batch, values, name == "rectified")) {
    state.SkipWithError("differs from the simple way");
    return;
  }
  for (auto _ : state) {
    map.compute(label_batch(batch), threads, std::span(values));
    benchmark::ClobberMemory();
  }
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  state.counters["result"] = sum;
}

/// The limit: writing as many numbers.
inline void write_map(benchmark::State& state, const std::string& input) {
  const Batch batch = read_batch(input);
  std::vector<float> values(batch.labels.size() * static_cast<std::size_t>(batch.classes));
  for (auto _ : state) {
    std::fill(values.begin(), values.end(), 1.0f);
    benchmark::ClobberMemory();
  }
}

/// Benchmarks INPUT, INPUT/two-threads and INPUT/limit for every batch.
inline bool register_maps(const std::string& name) {
  for (const std::string& input : batches()) {
    for (const int threads : {1, 2}) {
      const std::string row = input + (threads == 1 ? "" : "/two-threads");
      benchmark::RegisterBenchmark(
          row.c_str(), [=](benchmark::State& state) { compute_maps(state, input, name, threads); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
    benchmark::RegisterBenchmark((input + "/limit").c_str(), write_map, input)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  return true;
}

}  // namespace regionwise::bench

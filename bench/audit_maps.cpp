// The sign audit of a batch's maps: each pixel's exact shares of wrong signs and smallest change.
// `items` are pixels × classes.
#include <benchmark/benchmark.h>

#include <cmath>

#include "maps/map_audit.hpp"
#include "support/maps.hpp"

namespace {

using namespace regionwise;

struct Sample {
  maps::LabelBatch labels;
  std::vector<float> map;
};

/// Pixels are audited one by one, so a batch of slices may be one sample.
Sample read_sample(const bench::Batch& batch, const std::string& name) {
  const int dimensions = batch.shape.depth > 1 ? 3 : 2;
  Shape3 shape = batch.shape;
  shape.depth *= batch.samples;
  const maps::LabelBatch labels{batch.labels, 1, shape, batch.classes, {1, 1, 1}};
  const maps::MapSpecification map({{"name", name}, {"dimensions", dimensions}}, "map");
  return {labels, map.compute<float>(labels, 2)};
}

/// The sum of all pixels' shares by the simple function.
double simple_sum(const Sample& sample) {
  double sum = 0;
  const std::int64_t size = sample.labels.shape.size();
  std::vector<double> z(static_cast<std::size_t>(sample.labels.classes));
  for (std::int64_t i = 0; i < size; ++i) {
    for (int k = 0; k < sample.labels.classes; ++k) z[k] = sample.map[k * size + i];
    sum += maps::unsafe_share(z, sample.labels.labels[i]);
  }
  return sum;
}

void audit(benchmark::State& state,
           const std::string& input,
           const std::string& name,
           int threads) {
  const bench::Batch batch = bench::read_batch(input);
  const Sample sample = read_sample(batch, name);
  double sum = maps::audit_map(sample.labels, sample.map, 0, 0, threads).total().share_sum;
  const double simple = simple_sum(sample);
  if (std::abs(sum - simple) > 1e-9 * simple) {
    state.SkipWithError("differs from the simple way");
    return;
  }
  for (auto _ : state) {
    sum = maps::audit_map(sample.labels, sample.map, 0, 0, threads).total().share_sum;
    benchmark::DoNotOptimize(sum);
  }
  if (name == "boundary") state.counters["result"] = sum;
  state.counters["items"] = static_cast<double>(sample.map.size());
}

const bool registered = [] {
  const auto add =
      [](const std::string& row, const std::string& input, const char* map, int threads) {
        benchmark::RegisterBenchmark(
            row.c_str(), [=](benchmark::State& state) { audit(state, input, map, threads); })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
      };
  for (const std::string& input : bench::batches()) {
    add(input, input, "boundary", 1);
    add(input + "/two-threads", input, "boundary", 2);
    add(input + "/rectified", input, "rectified", 1);
  }
  return true;
}();

}  // namespace

BENCHMARK_MAIN();

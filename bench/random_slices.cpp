// Random slices of 256×224 float32 with their labels, from a dataset file: 96 slices a pass.
#include <benchmark/benchmark.h>

#include <cstring>

#include "core/parallel.hpp"
#include "core/random.hpp"
#include "storage/dataset_file.hpp"
#include "support/inputs.hpp"

namespace {

using namespace regionwise;

constexpr std::size_t kPixels = 256 * 224;

struct Place {
  std::size_t case_index;
  std::int64_t z;
};

/// Every slice once, in an order that is drawn.
std::vector<Place> shuffled_places(const storage::DatasetReader& file) {
  std::vector<Place> places;
  for (std::size_t i = 0; i < file.cases().size(); ++i) {
    for (std::int64_t z = 0; z < file.cases()[i].shape.depth; ++z) places.push_back({i, z});
  }
  RandomStream random(1, {});
  for (std::size_t i = places.size() - 1; i > 0; --i) {
    std::swap(places[i], places[static_cast<std::size_t>(random.integer(std::ssize(places)))]);
  }
  return places;
}

void read(benchmark::State& state, const std::string& name, int threads) {
  const storage::DatasetReader file(bench::input_file(name));
  const std::vector<Place> places = shuffled_places(file);
  for (auto _ : state) {
    parallel_for(threads, threads, [&](std::int64_t thread) {
      std::vector<float> image(kPixels);
      std::vector<Label> label(kPixels);
      for (auto i = static_cast<std::size_t>(thread); i < places.size();
           i += static_cast<std::size_t>(threads)) {
        file.slice(places[i].case_index, places[i].z, image, label);
        benchmark::DoNotOptimize(image.data());
      }
    });
  }
  // The same sum as the peer's, of what both have read.
  std::vector<float> image(kPixels);
  std::vector<Label> label(kPixels);
  double sum = 0;
  for (const Place& place : places) {
    file.slice(place.case_index, place.z, image, label);
    for (const float value : image) sum += value;
  }
  state.counters["result"] = sum;
}

/// Copying as many slices as are read.
void copy(benchmark::State& state) {
  const std::vector<float> from(96 * kPixels, 1.0F);
  std::vector<float> to(kPixels);
  for (auto _ : state) {
    for (std::size_t i = 0; i < 96; ++i) {
      std::memcpy(to.data(), from.data() + i * kPixels, kPixels * sizeof(float));
      benchmark::DoNotOptimize(to.data());
    }
  }
}

const bool registered = [] {
  for (const char* name : {"slices", "slices_deflate"}) {
    for (const int threads : {1, 2}) {
      const std::string variant = threads == 1 ? "" : "/two-threads";
      benchmark::RegisterBenchmark((name + variant).c_str(), read, name, threads)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  benchmark::RegisterBenchmark("slices/limit", copy)->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace

BENCHMARK_MAIN();

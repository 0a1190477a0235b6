// The paired permutation test: 10,000 sign flips of 100 and of 10,000 pairs.
#include "statistics/permutation_test.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

namespace {

using namespace regionwise::statistics;

constexpr std::int64_t kDraws = 10000;

struct Pairs {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<std::string> groups;
};

/// The same pairs as bench/peers/permutation_test.py has.
Pairs make_pairs(std::int64_t n) {
  Pairs pairs;
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = std::sin(static_cast<double>(i + 1) * 12.9898) * 43758.5453;
    pairs.a.push_back(0.9 + 0.1 * (x - std::floor(x) - 0.5));
    pairs.b.push_back(0.9);
    pairs.groups.push_back("patient" + std::to_string(100000 + i));  // Sorted, as cases are.
  }
  return pairs;
}

void drawn(benchmark::State& state, std::int64_t n, int threads) {
  const Pairs pairs = make_pairs(n);
  const PermutationOptions options{
      .draws = kDraws, .exact_up_to = 0, .bounds_up_to = 0, .threads = threads};
  for (auto _ : state) {
    benchmark::DoNotOptimize(paired_permutation_test(pairs.a, pairs.b, pairs.groups, options));
  }
}

void bounded(benchmark::State& state) {
  const Pairs pairs = make_pairs(100);
  std::vector<double> differences;
  double magnitude = 0;
  for (std::size_t i = 0; i < pairs.a.size(); ++i) {
    differences.push_back(pairs.a[i] - pairs.b[i]);
    magnitude += pairs.a[i] + pairs.b[i];
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(tail_on_grid(differences, 1e-12 * magnitude));
  }
}

const bool registered = [] {
  for (const std::int64_t n : {100, 10000}) {
    for (const int threads : {1, 2}) {
      const std::string name = "n" + std::to_string(n) + (threads == 1 ? "" : "/two-threads");
      benchmark::RegisterBenchmark(name.c_str(), drawn, n, threads)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  benchmark::RegisterBenchmark("n100/exact", bounded)->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace

BENCHMARK_MAIN();

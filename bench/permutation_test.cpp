// The paired permutation test: 10,000 sign flips of 100 and of 10,000 pairs. Patterns of ours come
// in blocks in which any three are independent (SignPatterns); those of the peers are independent
// altogether.
#include "statistics/permutation_test.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"

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

/// The p of a normal sum, which that of many pairs nearly is.
double normal_p(const Pairs& pairs) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < pairs.a.size(); ++i) {
    const double difference = pairs.a[i] - pairs.b[i];
    sum += difference;
    squares += difference * difference;
  }
  return std::erfc(std::abs(sum) / std::sqrt(2 * squares));
}

/// Whether p may be that of the pairs: four standard deviations of 10,000 draws are 0.02.
bool plausible(double p, const Pairs& pairs) {
  return std::abs(p - normal_p(pairs)) < 0.03;
}

void drawn(benchmark::State& state, std::int64_t n, int threads) {
  const Pairs pairs = make_pairs(n);
  const PermutationOptions options{
      .draws = kDraws, .exact_up_to = 0, .bounds_up_to = 0, .threads = threads};
  PermutationOptions on_one = options;
  on_one.threads = 1;
  const auto p_of = [&](const PermutationOptions& how) {
    return paired_permutation_test(pairs.a, pairs.b, pairs.groups, how).p_value;
  };
  if (!plausible(p_of(options), pairs)) return state.SkipWithError("the p is wrong");
  if (p_of(options) != p_of(on_one)) return state.SkipWithError("the p depends on threads");
  state.counters["result"] = p_of(options);
  for (auto _ : state) {
    benchmark::DoNotOptimize(paired_permutation_test(pairs.a, pairs.b, pairs.groups, options));
  }
}

/// The random bits of the test alone: of a block of 128 patterns a byte a pair.
void draw_bits(benchmark::State& state, std::int64_t n) {
  std::vector<std::uint32_t> bits(static_cast<std::size_t>((n + 3) / 4));
  for (auto _ : state) {
    for (std::uint32_t block = 0; block <= kDraws / 128; ++block) {
      regionwise::RandomStream random(
          1, {.purpose = regionwise::Purpose::permutation, .iteration = block});
      random.fill(bits);
      benchmark::DoNotOptimize(bits.data());
    }
  }
}

void on_grid(benchmark::State& state) {
  const Pairs pairs = make_pairs(100);
  std::vector<double> differences;
  double magnitude = 0;
  for (std::size_t i = 0; i < pairs.a.size(); ++i) {
    differences.push_back(pairs.a[i] - pairs.b[i]);
    magnitude += pairs.a[i] + pairs.b[i];
  }
  const BoundedProbability found = tail_on_grid(differences, 1e-12 * magnitude);
  const bool between = found.low <= found.value && found.value <= found.high;
  if (!between || found.high - found.low > 1e-3 || !plausible(found.value, pairs)) {
    return state.SkipWithError("the bounds are wrong");
  }
  state.counters["result"] = found.value;
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
    const std::string limit = "n" + std::to_string(n) + "/limit";
    benchmark::RegisterBenchmark(limit.c_str(), draw_bits, n)->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("n100/grid", on_grid)->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace

BENCHMARK_MAIN();

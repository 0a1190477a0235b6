#include "statistics/sign_patterns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace regionwise::statistics {
namespace {

std::vector<double> normal_values(int count, std::uint32_t index) {
  RandomStream random(3, {.purpose = Purpose::test, .iteration = index});
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(0.3 + random.normal());
  return values;
}

/// Σ ± value of one pattern, written out.
double sum_of(const SignPatterns& patterns, std::int64_t place, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t unit = 0; unit < values.size(); ++unit) {
    sum += patterns.flips(place, static_cast<std::int64_t>(unit)) ? -values[unit] : values[unit];
  }
  return sum;
}

TEST(SignPatterns, AreCountedAsWrittenOut) {
  struct Size {
    int units;
    std::int64_t draws;
  };
  for (const auto& [units, draws] : {Size{1, 1}, {3, 7}, {5, 8}, {9, 300}, {23, 1023}, {7, 2100}}) {
    const SignPatterns patterns(5, units, draws);
    const auto values = normal_values(units, static_cast<std::uint32_t>(units));
    std::vector<double> sums;
    for (std::int64_t place = 0; place <= draws; ++place) {
      sums.push_back(std::abs(sum_of(patterns, place, values)));
    }
    for (const double bound : {0.5, 1.0, 2.0, 4.0}) {
      const auto expected =
          std::count_if(sums.begin(), sums.end(), [&](double sum) { return sum >= bound; });
      for (const int threads : {1, 3}) {
        EXPECT_EQ(patterns.count_at_least(values, bound, threads), expected)
            << units << " units, " << draws << " draws, bound " << bound;
      }
    }
  }
}

TEST(SignPatterns, HoldTheObservedOneInAPlaceThatIsDrawn) {
  std::array<int, 10> times{};
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const SignPatterns patterns(seed, 3, 9);
    ++times.at(static_cast<std::size_t>(patterns.observed()));
    for (std::int64_t unit = 0; unit < 3; ++unit) {
      EXPECT_FALSE(patterns.flips(patterns.observed(), unit));
    }
  }
  // 100 each, within five standard deviations.
  for (const int count : times) EXPECT_NEAR(count, 100, 5 * std::sqrt(90));
}

TEST(SignPatterns, AreIndependentInPairs) {
  // Over seeds, two draws flip two units in each of the 16 ways equally often.
  std::array<int, 16> times{};
  constexpr int kSeeds = 4000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const SignPatterns patterns(seed, 2, 15);
    std::size_t way = 0;
    for (const std::int64_t apart : {3, 11}) {
      const std::int64_t place = (patterns.observed() + apart) % 16;
      for (std::int64_t unit = 0; unit < 2; ++unit) way = 2 * way + patterns.flips(place, unit);
    }
    ++times.at(way);
  }
  for (const int count : times) EXPECT_NEAR(count, kSeeds / 16, 5 * std::sqrt(kSeeds / 16.0));
}

TEST(SignPatterns, GiveTheSpreadOfIndependentDraws) {
  // The share of extreme patterns among 2000, over seeds: mean p and variance p (1 − p) / 2000.
  constexpr int kSeeds = 1500;
  constexpr int kDraws = 2000;
  const auto values = normal_values(16, 1);
  std::int64_t extreme = 0;
  for (std::uint32_t pattern = 0; pattern < (1U << 16); ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < 16; ++i) sum += (pattern >> i & 1U) != 0 ? values[i] : -values[i];
    extreme += std::abs(sum) >= 6 ? 1 : 0;
  }
  const double p = static_cast<double>(extreme) / (1U << 16);
  double mean = 0;
  double squares = 0;
  double fourths = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const SignPatterns patterns(seed, 16, kDraws);
    const double seen = std::abs(std::accumulate(values.begin(), values.end(), 0.0)) >= 6 ? 1 : 0;
    const double share =
        (static_cast<double>(patterns.count_at_least(values, 6, 1)) - seen) / kDraws;
    mean += (share - p) / kSeeds;
    squares += std::pow(share - p, 2) / kSeeds;
    fourths += std::pow(share - p, 4) / kSeeds;
  }
  const double variance = p * (1 - p) / kDraws;
  EXPECT_NEAR(mean, 0, 5 * std::sqrt(variance / kSeeds));
  EXPECT_NEAR(squares / variance, 1, 5 * std::sqrt(2.0 / kSeeds));
  // Nor are the tails those of another distribution than the binomial, nearly normal one.
  EXPECT_NEAR(fourths / (squares * squares), 3, 5 * std::sqrt(24.0 / kSeeds));
}

}  // namespace
}  // namespace regionwise::statistics

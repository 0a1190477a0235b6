#include "statistics/sign_grid.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/random.hpp"
#include "support/property.hpp"

namespace regionwise::statistics {
namespace {

/// P(|Σ ± values| ≥ |Σ values| − tolerance), every pattern written out.
double tail_by_patterns(const std::vector<double>& values, double tolerance) {
  const double bound = std::abs(std::accumulate(values.begin(), values.end(), 0.0)) - tolerance;
  std::int64_t extreme = 0;
  for (std::uint32_t pattern = 0; pattern < (1U << values.size()); ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += (pattern >> i & 1U) != 0 ? -values[i] : values[i];
    }
    extreme += std::abs(sum) >= bound ? 1 : 0;
  }
  return static_cast<double>(extreme) / std::ldexp(1, static_cast<int>(values.size()));
}

TEST(TailOnGrid, HoldsTheTailOfAllPatternsBetweenItsBounds) {
  regionwise::testing::check_property([] {
    RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), {});
    const auto count = *rc::gen::inRange(1, 13);
    const double shift = random.uniform(0, 1);
    const double scale = std::exp(random.uniform(-20, 20));
    std::vector<double> values;
    for (int i = 0; i < count; ++i) {
      // Some much larger than the others, some 0.
      const double size = random.chance(0.2) ? 50 : (random.chance(0.1) ? 0 : 1);
      values.push_back(scale * size * (shift + random.normal()));
    }
    const double p = tail_by_patterns(values, 1e-13 * scale);
    const BoundedProbability tail = tail_on_grid(values, 1e-13 * scale);
    RC_ASSERT(tail.low <= p);
    RC_ASSERT(p <= tail.high);
    RC_ASSERT(tail.low <= tail.value && tail.value <= tail.high);
  });
}

TEST(TailOnGrid, IsExactForDecimals) {
  regionwise::testing::check_property([] {
    const auto count = *rc::gen::inRange(1, 13);
    const double unit = *rc::gen::element(1.0, 0.1, 0.001);
    std::vector<double> values;
    double magnitude = 0;
    for (int i = 0; i < count; ++i) {
      values.push_back(unit * *rc::gen::inRange(-40, 60));
      magnitude += std::abs(values.back());
    }
    // Ties are many, and must be told from rounding.
    const double p = tail_by_patterns(values, 1e-12 * magnitude);
    const BoundedProbability tail = tail_on_grid(values, 1e-12 * magnitude);
    RC_ASSERT(std::abs(tail.low - p) <= 1e-12 * p);
    RC_ASSERT(std::abs(tail.high - p) <= 1e-12 * p);
  });
}

TEST(TailOnGrid, KnowsTheBinomialDistribution) {
  // 70 ones and 30 minus ones of 100: |sum| ≥ 40 where at most 30 or at least 70 signs are plus.
  std::vector<double> values(100, 1.0);
  std::fill_n(values.begin(), 30, -1.0);
  double tail = 0;
  double ways = 1;
  for (int k = 0; k <= 30; ++k) {
    tail += ways;
    ways *= static_cast<double>(100 - k) / (k + 1);
  }
  const double p = std::ldexp(tail, -99);
  EXPECT_NEAR(tail_on_grid(values, 1e-10).value / p, 1, 1e-12);
  // All alike: the observed pattern and its mirror image, far below any share of draws.
  std::vector<double> alike(1000, 1.0 / 3);
  EXPECT_EQ(tail_on_grid(alike, 1e-10).value, std::ldexp(1, -999));
}

TEST(TailOnGrid, SaysOneWhereNothingIsObserved) {
  for (const auto& values : {std::vector<double>{0, 0}, {2, -2}, {5}}) {
    const BoundedProbability tail = tail_on_grid(values, 1e-12);
    EXPECT_EQ(tail.low, 1);
    EXPECT_EQ(tail.value, 1);
    EXPECT_EQ(tail.high, 1);
  }
}

TEST(TailOnGrid, StaysNarrowForAHundredValues) {
  for (const double shift : {0.0, 0.2, 0.4}) {
    RandomStream random(8, {});
    std::vector<double> values;
    for (int i = 0; i < 100; ++i) values.push_back(shift + random.normal());
    const BoundedProbability tail = tail_on_grid(values, 1e-10);
    EXPECT_LT(tail.high - tail.low, 0.01 * tail.value);
  }
}

}  // namespace
}  // namespace regionwise::statistics

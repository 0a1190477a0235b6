#include "statistics/corrections.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.hpp"
#include "support/not_a_number.hpp"
#include "support/property.hpp"

namespace regionwise::statistics {
namespace {

using regionwise::testing::kNan;

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
}

TEST(Corrections, AgreeWithValuesByHand) {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") and "BH".
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005};
  expect_near(holm(p), {0.03, 0.06, 0.06, 0.02});
  expect_near(benjamini_hochberg(p), {0.02, 0.04, 0.04, 0.02});
}

TEST(Corrections, FindTheFourRejectionsOfBenjaminiAndHochberg) {
  // Their example of 1995, section 3.2: 15 tests of thrombolysis, of which the procedure rejects 4
  // at 0.05 and Bonferroni's kind 3.
  const std::vector<double> p{0.0001,
                              0.0004,
                              0.0019,
                              0.0095,
                              0.0201,
                              0.0278,
                              0.0298,
                              0.0344,
                              0.0459,
                              0.3240,
                              0.4262,
                              0.5719,
                              0.6528,
                              0.7590,
                              1.0};
  const auto rejected = [](const std::vector<double>& adjusted) {
    return std::count_if(adjusted.begin(), adjusted.end(), [](double q) { return q <= 0.05; });
  };
  EXPECT_EQ(rejected(benjamini_hochberg(p)), 4);
  EXPECT_EQ(rejected(holm(p)), 3);
}

TEST(Corrections, LeaveASingleTestAlone) {
  expect_near(holm(std::vector{0.03}), {0.03});
  expect_near(benjamini_hochberg(std::vector{0.03}), {0.03});
  EXPECT_TRUE(holm({}).empty());
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

TEST(Corrections, PassUndefinedTestsOver) {
  const std::vector<double> p{0.01, kNan, 0.02};
  for (const auto& [adjusted, expected] :
       {std::pair(holm(p), 0.02), std::pair(benjamini_hochberg(p), 0.02)}) {
    EXPECT_NEAR(adjusted[0], expected, 1e-12);
    EXPECT_TRUE(std::isnan(adjusted[1]));
    EXPECT_NEAR(adjusted[2], 0.02, 1e-12);
  }
}

TEST(Corrections, KeepTheOrderAndTheirBounds) {
  regionwise::testing::check_property([] {
    std::vector<double> p;
    const auto tests = *rc::gen::inRange(1, 30);
    for (int i = 0; i < tests; ++i) p.push_back(*rc::gen::inRange(0, 1001) / 1000.0);
    const std::vector<double> by_holm = holm(p);
    const std::vector<double> by_bh = benjamini_hochberg(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      RC_ASSERT(by_bh[i] >= p[i]);
      RC_ASSERT(by_holm[i] >= by_bh[i] - 1e-15);
      RC_ASSERT(by_holm[i] <= 1 && by_holm[i] <= static_cast<double>(p.size()) * p[i] + 1e-15);
      for (std::size_t j = 0; j < p.size(); ++j) {
        if (p[i] <= p[j]) RC_ASSERT(by_holm[i] <= by_holm[j] && by_bh[i] <= by_bh[j]);
      }
    }
  });
}

TEST(Corrections, HoldTheirErrorRatesOverManyTables) {
  // 20 tests a table; the null holds in all of them (Holm), or in 15 (Benjamini–Hochberg).
  constexpr int kTables = 4000;
  constexpr int kTests = 20;
  RandomStream random(5, {.purpose = Purpose::test});
  int with_any_false = 0;
  double false_share = 0;
  for (int table = 0; table < kTables; ++table) {
    std::vector<double> p(kTests);
    for (double& one : p) one = random.uniform();
    const auto by_holm = holm(p);
    with_any_false += *std::min_element(by_holm.begin(), by_holm.end()) <= 0.05 ? 1 : 0;
    for (int i = 15; i < kTests; ++i) p[static_cast<std::size_t>(i)] *= 0.001;
    const auto by_bh = benjamini_hochberg(p);
    int found = 0;
    int wrong = 0;
    for (int i = 0; i < kTests; ++i) {
      if (by_bh[static_cast<std::size_t>(i)] > 0.05) continue;
      ++found;
      wrong += i < 15 ? 1 : 0;
    }
    false_share += found > 0 ? static_cast<double>(wrong) / found : 0;
  }
  // 1 − (1 − 0.05/20)^20 = 0.0488, and 0.05 · 15/20; five standard deviations about each.
  EXPECT_NEAR(with_any_false / double{kTables}, 0.0488, 5 * std::sqrt(0.0488 / kTables));
  EXPECT_NEAR(false_share / kTables, 0.0375, 5 * std::sqrt(0.0375 / 6 / kTables));
}

}  // namespace
}  // namespace regionwise::statistics

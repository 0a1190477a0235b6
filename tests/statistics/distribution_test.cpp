#include "statistics/distribution.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "support/not_a_number.hpp"
#include "support/property.hpp"

namespace regionwise::statistics {
namespace {

using regionwise::testing::kNan;

TEST(EmpiricalDistribution, CountsValuesUpToEachStep) {
  const auto steps = empirical_distribution(std::vector<double>{0.9, 0.5, 0.9, 0.7}, 0.95);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].value, 0.5);
  EXPECT_EQ(steps[0].fraction, 0.25);
  EXPECT_EQ(steps[1].value, 0.7);
  EXPECT_EQ(steps[1].fraction, 0.5);
  EXPECT_EQ(steps[2].value, 0.9);
  EXPECT_EQ(steps[2].fraction, 1);
}

TEST(Quantile, IsLinearBetweenOrderStatistics) {
  const std::vector<double> sample{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(quantile(sample, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.75), 3.25);
  EXPECT_DOUBLE_EQ(quantile(sample, 1), 4);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{7}, 0.25), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_THROW(quantile(std::vector<double>{1, kNan}, 0.5), DataError);
}

TEST(EmpiricalDistribution, AgreesWithTheDefinition) {
  regionwise::testing::check_property([](const std::vector<int>& numbers) {
    const std::vector<double> sample(numbers.begin(), numbers.end());
    const auto steps = empirical_distribution(sample, 0.9);
    for (const auto& step : steps) {
      const auto count = std::count_if(
          sample.begin(), sample.end(), [&](double value) { return value <= step.value; });
      RC_ASSERT(step.fraction == static_cast<double>(count) / static_cast<double>(sample.size()));
      RC_ASSERT(step.lower >= 0.0 && step.lower <= step.fraction);
      RC_ASSERT(step.upper <= 1.0 && step.upper >= step.fraction);
    }
    RC_ASSERT(std::is_sorted(steps.begin(), steps.end(), [](const auto& x, const auto& y) {
      return x.value < y.value;
    }));
    RC_ASSERT(steps.empty() == sample.empty());
  });
}

TEST(EmpiricalDistribution, OfOneValueOrEqualOnesIsOneStep) {
  for (const std::size_t count : {1U, 7U}) {
    const auto steps = empirical_distribution(std::vector<double>(count, 0.5), 0.95);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].value, 0.5);
    EXPECT_EQ(steps[0].fraction, 1);
    EXPECT_NEAR(steps[0].lower,
                std::max(0.0, 1 - dkw_half_width(static_cast<std::int64_t>(count), 0.95)),
                1e-15);
    EXPECT_EQ(steps[0].upper, 1);
  }
  // One value says nothing: the band is everything.
  EXPECT_EQ(empirical_distribution(std::vector<double>{0.5}, 0.95)[0].lower, 0);
}

TEST(EmpiricalDistribution, RefusesUndefinedValues) {
  EXPECT_THROW(empirical_distribution(std::vector<double>{0.9, kNan}, 0.95), DataError);
  EXPECT_THROW(empirical_distribution(std::vector<double>{0.9}, 1), UsageError);
  EXPECT_THROW(empirical_distribution(std::vector<double>{0.9}, 0), UsageError);
  EXPECT_THROW(empirical_distribution(std::vector<double>{0.9}, kNan), UsageError);
}

TEST(EmpiricalDistribution, BandCoversTheTruthAsOftenAsItSays) {
  constexpr int kSamples = 2000;
  int covered = 0;
  for (std::uint32_t s = 0; s < kSamples; ++s) {
    RandomStream random(4, {.purpose = Purpose::test, .iteration = s});
    std::vector<double> sample(50);
    for (double& value : sample) value = random.uniform();
    const auto steps = empirical_distribution(sample, 0.9);
    bool inside = true;
    double before = 0;  // The step function's value just left of a step.
    const double half_width = dkw_half_width(50, 0.9);
    for (const auto& step : steps) {
      inside = inside && step.lower <= step.value && step.value <= before + half_width;
      before = step.fraction;
    }
    covered += inside ? 1 : 0;
  }
  // The band is conservative; four standard deviations of a binomial share below 0.9.
  EXPECT_GT(covered / static_cast<double>(kSamples), 0.9 - 4 * std::sqrt(0.09 / kSamples));
  EXPECT_LT(covered, kSamples);
}

TEST(DkwHalfWidth, IsThePublishedNumber) {
  EXPECT_NEAR(dkw_half_width(50, 0.95), 0.19206, 1e-5);
  EXPECT_NEAR(dkw_half_width(200, 0.95), 0.19206 / 2, 1e-5);
}

TEST(ClopperPearson, IsThePublishedNumber) {
  // 50 of 50 models converged: up to 7.1 % of all might still fail.
  const Interval none_failed = clopper_pearson(0, 50, 0.95);
  EXPECT_EQ(none_failed.lower, 0);
  EXPECT_NEAR(none_failed.upper, 0.0711, 5e-5);
  EXPECT_NEAR(none_failed.upper, 1 - std::pow(0.025, 1.0 / 50), 1e-12);
  // One-sided 95 %: the two-sided interval at 90 %.
  EXPECT_NEAR(clopper_pearson(0, 50, 0.9).upper, 0.0582, 5e-5);
  // R: binom.test(5, 50)
  EXPECT_NEAR(clopper_pearson(5, 50, 0.95).lower, 0.03327509, 1e-7);
  EXPECT_NEAR(clopper_pearson(5, 50, 0.95).upper, 0.21813537, 1e-7);
}

TEST(ClopperPearson, MirrorsSuccessAndFailure) {
  regionwise::testing::check_property([] {
    const auto n = *rc::gen::inRange<std::int64_t>(1, 200);
    const auto k = *rc::gen::inRange<std::int64_t>(0, n + 1);
    const Interval of_k = clopper_pearson(k, n, 0.95);
    const Interval of_rest = clopper_pearson(n - k, n, 0.95);
    RC_ASSERT(std::abs(of_k.lower - (1 - of_rest.upper)) < 1e-9);
    RC_ASSERT(std::abs(of_k.upper - (1 - of_rest.lower)) < 1e-9);
    const double share = static_cast<double>(k) / static_cast<double>(n);
    RC_ASSERT(of_k.lower <= share && share <= of_k.upper);
  });
}

TEST(ClopperPearson, KnowsNothingWithoutATrial) {
  const Interval interval = clopper_pearson(0, 0, 0.95);
  EXPECT_EQ(interval.lower, 0);
  EXPECT_EQ(interval.upper, 1);
}

TEST(Summary, LeavesUndefinedValuesOut) {
  const Summary summary = summarise(std::vector<double>{1, kNan, 2, 3, kNan, 6});
  EXPECT_EQ(summary.count, 4);
  EXPECT_EQ(summary.missing, 2);
  EXPECT_DOUBLE_EQ(summary.mean, 3);
  EXPECT_DOUBLE_EQ(summary.sd, std::sqrt(14.0 / 3));
}

TEST(Summary, IsUndefinedWithTooFewValues) {
  EXPECT_TRUE(std::isnan(summarise(std::vector<double>{kNan}).mean));
  EXPECT_EQ(summarise(std::vector<double>{2}).mean, 2);
  EXPECT_TRUE(std::isnan(summarise(std::vector<double>{2}).sd));
}

}  // namespace
}  // namespace regionwise::statistics

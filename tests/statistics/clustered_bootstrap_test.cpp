#include "statistics/clustered_bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "statistics/paired_sample.hpp"
#include "support/not_a_number.hpp"

namespace regionwise::statistics {
namespace {

using regionwise::testing::kNan;

struct MeasuredSample : testing::PairedSample {
  ClusteredEffect effect(const BootstrapOptions& options = {}) const {
    return clustered_effect(a, b, groups, options);
  }
};

/// Groups of one or two pairs whose means of a − b have mean 0.5 and sd 1 over all groups.
MeasuredSample random_sample(std::uint32_t index, int groups, double within_sd) {
  RandomStream random(23, {.purpose = Purpose::test, .iteration = index});
  const double between_sd = std::sqrt(1 - within_sd * within_sd / 2);
  MeasuredSample sample;
  for (int g = 0; g < groups; ++g) {
    const double common = 0.5 + between_sd * random.normal();
    for (int i = 0; i < 2; ++i) {
      sample.add(common + within_sd * random.normal(), 0, "group" + std::to_string(g));
    }
  }
  return sample;
}

TEST(ClusteredEffect, AgreesWithHandCounts) {
  MeasuredSample sample;
  sample.add(1, 0, "x");
  sample.add(3, 0, "x");
  sample.add(4, 0, "y");
  sample.add(kNan, 0, "z");
  const ClusteredEffect found = sample.effect();
  EXPECT_EQ(found.groups, 2);
  EXPECT_DOUBLE_EQ(found.difference, 8.0 / 3);
  // The groups' means are 2 and 4, of sd sqrt(2).
  EXPECT_DOUBLE_EQ(found.effect, 8.0 / 3 / std::sqrt(2.0));
  // Two groups are too few to draw from.
  EXPECT_TRUE(std::isnan(found.difference_interval.lower));
  EXPECT_TRUE(std::isnan(found.effect_interval.upper));
}

TEST(ClusteredEffect, IsUndefinedWithoutSpread) {
  MeasuredSample sample;
  for (int g = 0; g < 8; ++g) sample.add(0.1 * g + 0.3, 0.1 * g, std::to_string(g));
  const ClusteredEffect found = sample.effect();
  EXPECT_TRUE(std::isnan(found.effect));
  EXPECT_TRUE(std::isnan(found.effect_interval.lower));
  EXPECT_NEAR(found.difference_interval.lower, 0.3, 1e-12);
  EXPECT_NEAR(found.difference_interval.upper, 0.3, 1e-12);
  EXPECT_EQ(MeasuredSample().effect().groups, 0);
  EXPECT_TRUE(std::isnan(MeasuredSample().effect().difference));
}

TEST(ClusteredEffect, HasNoIntervalForOnePatient) {
  MeasuredSample sample;
  sample.add(0.9, 0.5, "patient1");
  sample.add(0.7, 0.5, "patient1");
  const ClusteredEffect found = sample.effect();
  EXPECT_EQ(found.groups, 1);
  EXPECT_DOUBLE_EQ(found.difference, 0.3);
  for (const double unknown : {found.difference_interval.lower,
                               found.difference_interval.upper,
                               found.effect,
                               found.effect_interval.lower,
                               found.effect_interval.upper}) {
    EXPECT_TRUE(std::isnan(unknown));
  }
}

TEST(ClusteredEffect, OfEqualSidesIsNoDifferenceWithoutASize) {
  MeasuredSample sample;
  for (int g = 0; g < 8; ++g) sample.add(0.1 * g, 0.1 * g, std::to_string(g));
  const ClusteredEffect found = sample.effect();
  EXPECT_EQ(found.difference, 0);
  EXPECT_EQ(found.difference_interval.lower, 0);
  EXPECT_EQ(found.difference_interval.upper, 0);
  EXPECT_TRUE(std::isnan(found.effect));
}

TEST(ClusteredEffect, DependsNeitherOnThreadsNorOnOrder) {
  MeasuredSample sample = random_sample(0, 20, 0.5);
  const ClusteredEffect alone = sample.effect();
  const ClusteredEffect with_threads = sample.effect({.threads = 3});
  EXPECT_EQ(alone.effect_interval.lower, with_threads.effect_interval.lower);
  EXPECT_EQ(alone.difference_interval.upper, with_threads.difference_interval.upper);
  std::reverse(sample.a.begin(), sample.a.end());
  std::reverse(sample.groups.begin(), sample.groups.end());
  EXPECT_NEAR(sample.effect().effect_interval.lower, alone.effect_interval.lower, 1e-9);
  EXPECT_NE(sample.effect({.seed = 1}).effect_interval.lower, alone.effect_interval.lower);
}

TEST(ClusteredEffect, TurnsWithTheSidesAndScalesWithTheUnit) {
  const MeasuredSample sample = random_sample(1, 30, 0.5);
  MeasuredSample turned{{sample.b, sample.a, sample.groups}};
  for (double& value : turned.b) value *= 8;
  const ClusteredEffect one = sample.effect();
  const ClusteredEffect other = turned.effect();
  EXPECT_NEAR(other.difference, -8 * one.difference, 1e-12);
  EXPECT_NEAR(other.effect, -one.effect, 1e-12);
  EXPECT_NEAR(other.effect_interval.lower, -one.effect_interval.upper, 0.02);
  EXPECT_NEAR(other.difference_interval.upper, -8 * one.difference_interval.lower, 0.1);
}

TEST(ClusteredEffect, HasTheWidthOfTheNormalInterval) {
  // Of many groups the mean's interval is ± 1.96 sd / sqrt(n).
  const MeasuredSample sample = random_sample(2, 400, 0.3);
  const ClusteredEffect found = sample.effect();
  const double half = 1.96 * found.difference / found.effect / 20;
  EXPECT_NEAR(found.difference_interval.upper - found.difference, half, 0.06 * half);
  EXPECT_NEAR(found.difference - found.difference_interval.lower, half, 0.06 * half);
}

TEST(ClusteredEffect, AgreesWithSciPy) {
  // scipy.stats.bootstrap, method BCa, of the squares 0, 1 … 361 over 100, with 200,000 resamples.
  MeasuredSample sample;
  for (int g = 0; g < 20; ++g) sample.add(g * g / 100.0, 0, std::to_string(g));
  const ClusteredEffect found = sample.effect({.resamples = 100000});
  EXPECT_NEAR(found.difference_interval.lower, 0.788, 0.005);
  EXPECT_NEAR(found.difference_interval.upper, 1.788, 0.008);
  EXPECT_NEAR(found.effect, 1.0606036740477771, 1e-12);
  EXPECT_NEAR(found.effect_interval.lower, 0.7487, 0.005);
  EXPECT_NEAR(found.effect_interval.upper, 1.4393, 0.008);
}

TEST(ClusteredEffect, TakesIdenticalImagesOfAPatientForOne) {
  MeasuredSample once = random_sample(3, 25, 0);
  MeasuredSample by_case = once;
  for (std::size_t i = 0; i < by_case.groups.size(); ++i) by_case.groups[i] = std::to_string(i);
  const auto width = [](const MeasuredSample& sample) {
    const Interval interval = sample.effect().difference_interval;
    return interval.upper - interval.lower;
  };
  EXPECT_NEAR(width(once) / width(by_case), std::sqrt(2.0), 0.1);
}

/// The share of data sets whose intervals hold the true difference and effect, both 0.5.
std::pair<double, double> coverage(int groups, int data_sets) {
  int difference = 0;
  int effect = 0;
  for (int i = 0; i < data_sets; ++i) {
    const MeasuredSample sample = random_sample(static_cast<std::uint32_t>(i), groups, 0.8);
    const ClusteredEffect found =
        sample.effect({.resamples = 1000, .seed = static_cast<std::uint64_t>(i)});
    const auto holds = [](const Interval& interval) {
      return interval.lower <= 0.5 && 0.5 <= interval.upper ? 1 : 0;
    };
    difference += holds(found.difference_interval);
    effect += holds(found.effect_interval);
  }
  return {difference / double(data_sets), effect / double(data_sets)};
}

TEST(ClusteredEffect, CoversTheTruth) {
  constexpr int kDataSets = 1500;
  const auto [difference, effect] = coverage(40, kDataSets);
  // At 40 groups, a little below 0.95; four standard deviations of a share are 0.023.
  EXPECT_NEAR(difference, 0.94, 0.023);
  EXPECT_NEAR(effect, 0.94, 0.023);
}

TEST(ClusteredEffect, IsTooNarrowOfFewGroups) {
  const auto [difference, effect] = coverage(8, 1500);
  EXPECT_GT(difference, 0.85);
  EXPECT_LT(difference, 0.93);
  EXPECT_GT(effect, 0.80);
}

TEST(ClusteredEffect, RefusesImpossibleOptions) {
  const MeasuredSample sample = random_sample(0, 6, 0.5);
  EXPECT_THROW(sample.effect({.resamples = 99}), UsageError);
  EXPECT_THROW(sample.effect({.resamples = -1}), UsageError);
  EXPECT_THROW(sample.effect({.confidence = 1}), UsageError);
  EXPECT_THROW(sample.effect({.threads = 0}), UsageError);
  EXPECT_TRUE(std::isnan(sample.effect({.resamples = 0}).effect_interval.lower));
  EXPECT_FALSE(std::isnan(sample.effect({.resamples = 0}).effect));
}

}  // namespace
}  // namespace regionwise::statistics

#include "statistics/permutation_test.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/random.hpp"
#include "statistics/paired_sample.hpp"
#include "support/not_a_number.hpp"
#include "support/property.hpp"

namespace regionwise::statistics {
namespace {

using regionwise::testing::kNan;

struct TestedSample : testing::PairedSample {
  PermutationResult test(const PermutationOptions& options = {}) const {
    return paired_permutation_test(a, b, groups, options);
  }
};

/// Differences from 0, each of a group of its own.
TestedSample differences(const std::vector<double>& values) {
  TestedSample sample;
  for (const double value : values) {
    sample.add(value, 0, "group" + std::to_string(sample.a.size()));
  }
  return sample;
}

/// p by writing out every sign pattern; values are whole numbers, so that all sums are exact.
double p_by_patterns(const TestedSample& sample) {
  std::map<std::string, double> by_group;
  for (std::size_t i = 0; i < sample.a.size(); ++i) {
    by_group[sample.groups[i]] += sample.a[i] - sample.b[i];
  }
  double observed = 0;
  for (const auto& [name, sum] : by_group) observed += sum;
  const std::uint32_t patterns = 1U << by_group.size();
  int extreme = 0;
  for (std::uint32_t pattern = 0; pattern < patterns; ++pattern) {
    double total = 0;
    std::uint32_t signs = pattern;
    for (const auto& [name, sum] : by_group) {
      total += (signs & 1U) != 0 ? -sum : sum;
      signs >>= 1;
    }
    extreme += std::abs(total) >= std::abs(observed) ? 1 : 0;
  }
  return static_cast<double>(extreme) / patterns;
}

TEST(PermutationTest, AgreesWithHandCounts) {
  // Of the 8 patterns of {1, 2, 3}, only +++ and --- reach |6|.
  EXPECT_EQ(differences({1, 2, 3}).test().p_value, 2.0 / 8);
  // |4| = |-1 + 2 + 3| is reached by +++, -++ and their mirror images.
  EXPECT_EQ(differences({-1, 2, 3}).test().p_value, 4.0 / 8);
  // Every pattern of a single difference is as extreme as it.
  EXPECT_EQ(differences({5}).test().p_value, 1);
  // |0| is reached by all.
  EXPECT_EQ(differences({2, -2}).test().p_value, 1);
}

TEST(PermutationTest, ReportsWhatItDid) {
  const PermutationResult result = differences({1, 2, 3}).test();
  EXPECT_TRUE(result.exact);
  EXPECT_EQ(result.draws, 8);
  EXPECT_EQ(result.groups, 3);
  EXPECT_EQ(result.pairs, 3);
  EXPECT_EQ(result.dropped, 0);
  EXPECT_DOUBLE_EQ(result.mean_difference, 2);
}

TEST(PermutationTest, AgreesWithAllPatternsWrittenOut) {
  regionwise::testing::check_property([] {
    TestedSample sample;
    const auto pairs = *rc::gen::inRange(0, 14);
    for (int i = 0; i < pairs; ++i) {
      sample.add(*rc::gen::inRange(-6, 7),
                 *rc::gen::inRange(-6, 7),
                 "patient" + std::to_string(*rc::gen::inRange(0, 8)));
    }
    RC_ASSERT(sample.test().p_value == p_by_patterns(sample));
  });
}

TEST(PermutationTest, IgnoresOrderOfPairsAndSwapOfSides) {
  regionwise::testing::check_property([] {
    TestedSample sample;
    TestedSample reversed;
    const auto pairs = *rc::gen::inRange(2, 30);
    std::vector<std::array<int, 3>> rows;
    for (int i = 0; i < pairs; ++i) {
      rows.push_back(
          {*rc::gen::inRange(-9, 10), *rc::gen::inRange(-9, 10), *rc::gen::inRange(0, 25)});
    }
    for (const auto& [a, b, g] : rows) sample.add(a, b, std::to_string(g));
    std::reverse(rows.begin(), rows.end());
    for (const auto& [a, b, g] : rows) reversed.add(b, a, std::to_string(g));
    const PermutationOptions options{.draws = 500, .exact_up_to = 10};
    RC_ASSERT(sample.test(options).p_value == reversed.test(options).p_value);
  });
}

TEST(PermutationTest, FindsNoDifferenceBetweenEqualValues) {
  TestedSample sample;
  for (int i = 0; i < 30; ++i) sample.add(0.1 * i, 0.1 * i, std::to_string(i));
  EXPECT_EQ(sample.test().p_value, 1);
  EXPECT_EQ(sample.test({.exact_up_to = 30}).p_value, 1);
}

TEST(PermutationTest, TakesRoundingForATie) {
  // Means of the same three runs, added in another order.
  TestedSample sample;
  for (int i = 0; i < 12; ++i) {
    sample.add((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3), std::to_string(i));
  }
  ASSERT_NE(sample.a[0], sample.b[0]);
  EXPECT_EQ(sample.test().p_value, 1);
}

TEST(PermutationTest, CountsTiesThatRoundingBreaks) {
  // 0.1 + 0.2 - 0.3 is not 0 in floating point, but a tie with 0 in tenths.
  EXPECT_EQ(differences({0.1, 0.2, -0.3}).test().p_value, 1);
  EXPECT_EQ(differences({0.1, 0.1, 0.2, 0.3, -0.1}).test().p_value,
            differences({1, 1, 2, 3, -1}).test().p_value);
}

TEST(PermutationTest, FlipsGroupsWhole) {
  TestedSample sample;
  for (const char* patient : {"p1", "p2", "p3"}) {
    sample.add(1, 0, patient);
    sample.add(2, 0, patient);
  }
  const PermutationResult grouped = sample.test();
  EXPECT_EQ(grouped.groups, 3);
  EXPECT_EQ(grouped.pairs, 6);
  EXPECT_EQ(grouped.p_value, 2.0 / 8);
  for (std::size_t i = 0; i < sample.groups.size(); ++i) sample.groups[i] = std::to_string(i);
  EXPECT_EQ(sample.test().p_value, 2.0 / 64);
}

TEST(PermutationTest, DropsPairsWithAnUndefinedSide) {
  TestedSample sample = differences({1, 2, 3});
  sample.add(kNan, 1, "x");
  sample.add(1, kNan, "y");
  sample.add(kNan, kNan, "z");
  const PermutationResult result = sample.test();
  EXPECT_EQ(result.pairs, 3);
  EXPECT_EQ(result.dropped, 3);
  EXPECT_EQ(result.groups, 3);
  EXPECT_EQ(result.p_value, 2.0 / 8);
  EXPECT_DOUBLE_EQ(result.mean_difference, 2);
}

TEST(PermutationTest, SaysOneWithNoPairLeft) {
  TestedSample sample;
  sample.add(kNan, 1, "x");
  const PermutationResult result = sample.test();
  EXPECT_EQ(result.p_value, 1);
  EXPECT_EQ(result.pairs, 0);
  EXPECT_TRUE(std::isnan(result.mean_difference));
  EXPECT_EQ(TestedSample().test().p_value, 1);
}

TEST(PermutationTest, HasOneAnswerForOnePatientAndForTiesAlone) {
  for (const int exact_up_to : {20, 0}) {
    // However many images and however large the difference: its two signs are equally extreme.
    TestedSample one_patient;
    for (const double value : {0.9, 0.8, 0.95}) one_patient.add(value, 0.1, "patient1");
    const PermutationResult result = one_patient.test({.exact_up_to = exact_up_to});
    EXPECT_EQ(result.p_value, 1);
    EXPECT_EQ(result.groups, 1);
    EXPECT_EQ(differences({0}).test({.exact_up_to = exact_up_to}).p_value, 1);
    // Equal differences, half of them up: every pattern is at least as extreme as a sum of 0.
    EXPECT_EQ(differences({0.1, -0.1, 0.1, -0.1}).test({.exact_up_to = exact_up_to}).p_value, 1);
  }
  // All differences tie: only all up and all down reach their sum.
  EXPECT_EQ(differences(std::vector<double>(6, 0.1)).test().p_value, 2.0 / 64);
}

TEST(PermutationTest, RefusesInfinity) {
  EXPECT_THROW(differences({1, std::numeric_limits<double>::infinity()}).test(), DataError);
  TestedSample hidden_by_nan;
  hidden_by_nan.add(std::numeric_limits<double>::infinity(), kNan, "x");
  EXPECT_EQ(hidden_by_nan.test().dropped, 1);
}

TEST(PermutationTest, RefusesValuesWhoseSumsWouldOverflow) {
  for (const std::size_t pairs : {10U, 30U, 100U}) {
    EXPECT_THROW(differences(std::vector<double>(pairs, 1e308)).test(), DataError);
  }
  // Large, but not too large: the smallest p there is, never 0.
  EXPECT_EQ(differences(std::vector<double>(10, 1e140)).test().p_value, 2.0 / 1024);
  EXPECT_EQ(differences(std::vector<double>(40, 1e140)).test({.draws = 99}).p_value, 1.0 / 100);
}

TEST(PermutationTest, RefusesImpossibleOptions) {
  const TestedSample sample = differences({1, 2});
  EXPECT_THROW(sample.test({.draws = 0}), UsageError);
  EXPECT_THROW(sample.test({.draws = std::int64_t{1} << 32}), UsageError);
  EXPECT_THROW(sample.test({.exact_up_to = 31}), UsageError);
  EXPECT_THROW(sample.test({.exact_up_to = -1}), UsageError);
  EXPECT_THROW(sample.test({.bounds_up_to = 1001}), UsageError);
  EXPECT_THROW(sample.test({.bounds_up_to = -1}), UsageError);
  EXPECT_THROW(sample.test({.threads = 0}), UsageError);
}

/// Differences of `patients` patients with two images each: a part common to both images and a part
/// of each image's own.
TestedSample null_sample(std::uint32_t index, int patients, double common_sd, double own_sd) {
  RandomStream random(17, {.purpose = Purpose::test, .iteration = index});
  TestedSample sample;
  for (int p = 0; p < patients; ++p) {
    const double common = common_sd * random.normal();
    for (int image = 0; image < 2; ++image) {
      sample.add(0.8 + common + own_sd * random.normal(), 0.8, "patient" + std::to_string(p));
    }
  }
  return sample;
}

TEST(PermutationTest, DrawsComeCloseToEnumeration) {
  const PermutationOptions drawn{.draws = 40000, .seed = 3, .exact_up_to = 0};
  for (std::uint32_t i = 0; i < 20; ++i) {
    const TestedSample sample = null_sample(i, 12, 1, 1);
    const double exact = sample.test().p_value;
    const PermutationResult estimate = sample.test(drawn);
    EXPECT_FALSE(estimate.exact);
    EXPECT_EQ(estimate.draws, 40000);
    // Five standard deviations of a binomial share, and the +1.
    EXPECT_NEAR(estimate.p_value, exact, 5 * std::sqrt(exact * (1 - exact) / 40000) + 1.0 / 40000);
  }
}

TEST(PermutationTest, BoundsTheExactValueBesideTheDrawnOne) {
  PermutationOptions drawn{.draws = 1000, .exact_up_to = 0, .bounds_up_to = 1000};
  for (std::uint32_t i = 0; i < 20; ++i) {
    const TestedSample sample = null_sample(i, 10, 1, 1);
    const double exact = sample.test().p_value;
    const auto bounds = sample.test(drawn).all_patterns;
    EXPECT_LE(bounds.low, exact);
    EXPECT_GE(bounds.high, exact);
    EXPECT_LT(bounds.high - bounds.low, 0.02);
    EXPECT_TRUE(bounds.low <= bounds.value && bounds.value <= bounds.high);
  }
  const auto enumerated = differences({1, 2, 3}).test().all_patterns;
  EXPECT_EQ(enumerated.low, 2.0 / 8);
  EXPECT_EQ(enumerated.high, 2.0 / 8);
  drawn.bounds_up_to = 9;
  EXPECT_TRUE(std::isnan(null_sample(0, 10, 1, 1).test(drawn).all_patterns.value));
}

TEST(PermutationTest, NeverSaysZero) {
  const TestedSample sample = differences(std::vector<double>(40, 1.0));
  const PermutationResult result = sample.test({.draws = 99});
  EXPECT_FALSE(result.exact);
  EXPECT_EQ(result.p_value, 1.0 / 100);
}

TEST(PermutationTest, IsIndependentOfThreads) {
  const TestedSample sample = null_sample(5, 50, 0, 1);
  const double alone = sample.test({.draws = 5000, .threads = 1}).p_value;
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(sample.test({.draws = 5000, .threads = threads}).p_value, alone);
  }
  // Small samples start no second thread; this one is worth several.
  const TestedSample large = null_sample(5, 10000, 0, 1);
  const double large_alone = large.test({.draws = 2000, .threads = 1}).p_value;
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(large.test({.draws = 2000, .threads = threads}).p_value, large_alone);
  }
}

TEST(PermutationTest, DependsOnTheSeedAlone) {
  const TestedSample sample = null_sample(5, 50, 0, 1);
  EXPECT_EQ(sample.test({.seed = 1}).p_value, sample.test({.seed = 1}).p_value);
  EXPECT_NE(sample.test({.seed = 1}).p_value, sample.test({.seed = 2}).p_value);
}

/// P-values of data sets drawn under the null hypothesis.
std::vector<double> null_p_values(int count,
                                  double common_sd,
                                  bool by_patient,
                                  PermutationOptions options) {
  std::vector<double> p_values;
  for (int i = 0; i < count; ++i) {
    TestedSample sample = null_sample(static_cast<std::uint32_t>(i), 25, common_sd, 0.3);
    if (!by_patient) {
      for (std::size_t k = 0; k < sample.groups.size(); ++k) sample.groups[k] = std::to_string(k);
    }
    options.seed = static_cast<std::uint64_t>(i);
    p_values.push_back(sample.test(options).p_value);
  }
  return p_values;
}

double share_at_most(const std::vector<double>& p_values, double threshold) {
  const auto count = std::count_if(
      p_values.begin(), p_values.end(), [&](double p) { return p <= threshold + 1e-9; });
  return static_cast<double>(count) / static_cast<double>(p_values.size());
}

TEST(PermutationTest, HasUniformPValuesUnderTheNull) {
  constexpr int kDataSets = 2000;
  // With 99 draws p is one of 0.01, 0.02 … 1, each equally likely, within patients correlated or
  // not.
  for (const double common_sd : {0.0, 1.0}) {
    const auto p_values =
        null_p_values(kDataSets, common_sd, true, {.draws = 99, .bounds_up_to = 0});
    for (const double t : {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9}) {
      // Four standard deviations of a binomial share.
      EXPECT_NEAR(share_at_most(p_values, t), t, 4 * std::sqrt(t * (1 - t) / kDataSets))
          << "p <= " << t << " with a common sd of " << common_sd;
    }
  }
}

TEST(PermutationTest, IsValidUnderTheNullWhenEnumerated) {
  constexpr int kDataSets = 2000;
  std::vector<double> p_values;
  for (std::uint32_t i = 0; i < kDataSets; ++i) {
    p_values.push_back(null_sample(i, 7, 1, 0.3).test().p_value);
  }
  // 128 patterns in pairs of equal |S|: p is a multiple of 1/64.
  for (const double t : {1.0 / 64, 4.0 / 64, 16.0 / 64, 48.0 / 64}) {
    EXPECT_NEAR(share_at_most(p_values, t), t, 4 * std::sqrt(t * (1 - t) / kDataSets)) << t;
  }
}

TEST(PermutationTest, FindsTooMuchWhereImagesOfAPatientAreTakenForIndependent) {
  constexpr int kDataSets = 1000;
  const double by_case =
      share_at_most(null_p_values(kDataSets, 1, false, {.draws = 99, .bounds_up_to = 0}), 0.05);
  // Two nearly equal images a patient inflate the test's z by nearly sqrt(2): about 0.16 at 0.05.
  EXPECT_GT(by_case, 0.10);
}

}  // namespace
}  // namespace regionwise::statistics

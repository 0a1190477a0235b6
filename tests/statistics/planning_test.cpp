#include "statistics/planning.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/error.hpp"
#include "core/random.hpp"
#include "statistics/distribution.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise::statistics {
namespace {

using Draw = std::function<double(RandomStream&)>;  ///< Of mean 0 and variance 1.

double normal(RandomStream& random) {
  return random.normal();
}

/// Most small, a few large: skewness 2.
double exponential(RandomStream& random) {
  return -std::log1p(-random.uniform()) - 1;
}

struct Study {
  PilotScores a;
  PilotScores b;
};

/// Both sides' trainings share seeds and rest evenly.
Study draw_study(std::uint32_t index,
                 const VarianceComponents& truth,
                 std::int64_t patients,
                 std::int64_t seeds,
                 double difference,
                 const Draw& of_patient = normal) {
  RandomStream random(31, {.purpose = Purpose::test, .iteration = index});
  std::vector<double> differences;
  for (std::int64_t p = 0; p < patients; ++p) {
    differences.push_back(difference + std::sqrt(truth.patients) * of_patient(random));
  }
  Study study;
  for (PilotScores* side : {&study.a, &study.b}) {
    side->seeds = seeds;
    std::vector<double> trainings;
    for (std::int64_t s = 0; s < seeds; ++s) {
      trainings.push_back(std::sqrt(truth.seeds / 2) * random.normal());
    }
    for (const double of_one : differences) {
      for (const double training : trainings) {
        side->values.push_back((side == &study.a ? of_one : 0) + training +
                               std::sqrt(truth.rest / 2) * random.normal());
      }
    }
  }
  return study;
}

/// The mean over each patient's trainings, as permtest takes it.
std::vector<double> means(const PilotScores& scores) {
  std::vector<double> means(scores.values.size() / static_cast<std::size_t>(scores.seeds));
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    means[i / static_cast<std::size_t>(scores.seeds)] +=
        scores.values[i] / static_cast<double>(scores.seeds);
  }
  return means;
}

/// The share of simulated studies in which the permutation test finds a difference at 0.05.
double found_by_permutations(const VarianceComponents& truth,
                             std::int64_t patients,
                             std::int64_t seeds,
                             double difference,
                             const Draw& of_patient = normal) {
  constexpr int kStudies = 3000;
  std::vector<std::string> groups;
  for (std::int64_t p = 0; p < patients; ++p) groups.push_back(std::to_string(p));
  PermutationOptions options{.draws = 999, .exact_up_to = 12, .bounds_up_to = 0};
  int found = 0;
  for (std::uint32_t i = 0; i < kStudies; ++i) {
    const Study study = draw_study(i, truth, patients, seeds, difference, of_patient);
    options.seed = i;
    found +=
        paired_permutation_test(means(study.a), means(study.b), groups, options).p_value <= 0.05
            ? 1
            : 0;
  }
  return found / double{kStudies};
}

// Dice: patients differ by 0.05, trainings by 0.01 throughout.
constexpr VarianceComponents kDice{.patients = 0.0025, .seeds = 0.0001, .rest = 0.0009};
constexpr VarianceComponents kNoSeeds{.patients = 0.0025, .seeds = 0, .rest = 0.0009};

TEST(VarianceComponents, AreFoundOnAverage) {
  VarianceComponents mean{0, 0, 0};
  constexpr int kPilots = 400;
  for (std::uint32_t i = 0; i < kPilots; ++i) {
    const Study pilot = draw_study(i, kDice, 30, 3, 0.02);
    const VarianceComponents found = variance_components(pilot.a, pilot.b);
    EXPECT_TRUE(found.seeds_known);
    mean.patients += found.patients / kPilots;
    mean.seeds += found.seeds / kPilots;
    mean.rest += found.rest / kPilots;
  }
  EXPECT_NEAR(mean.patients, kDice.patients, 0.05 * kDice.patients);
  EXPECT_NEAR(mean.rest, kDice.rest, 0.05 * kDice.rest);
  // Negative ones are cut off, which adds a little.
  EXPECT_NEAR(mean.seeds, kDice.seeds, 0.15 * kDice.seeds);
}

TEST(VarianceComponents, AgreeWithHandCounts) {
  // Two patients, two trainings, no interaction: rest 0; trainings 1 apart in a, equal in b.
  const VarianceComponents found = variance_components({2, {1, 2, 5, 6}}, {2, {1, 1, 3, 3}});
  EXPECT_NEAR(found.rest, 0, 1e-15);
  EXPECT_NEAR(found.seeds, 0.5, 1e-15);
  EXPECT_NEAR(found.patients, 2, 1e-15);  // Differences 0.5 and 2.5.
}

TEST(VarianceComponents, KeepTrainingsTogetherWhereOneSideHasOne) {
  const VarianceComponents found = variance_components({1, {1, 5}}, {2, {1, 1, 3, 3}});
  EXPECT_FALSE(found.seeds_known);
  EXPECT_EQ(found.patients, 2);
  EXPECT_EQ(found.seeds, 0);
  const PlannedPower planned = planned_power(found, 20, 1, 1, 0.05);
  EXPECT_TRUE(std::isnan(planned.power));
  EXPECT_GT(planned.permutation_power, 0.5);
  // Nor does it tell what other trainings would show: the level would be a guess, and the lowest.
  EXPECT_TRUE(std::isnan(planned.false_alarm));
  EXPECT_TRUE(std::isnan(planned_power(found, 3, 1, 1, 0.05).false_alarm));  // Of level 0.
  EXPECT_TRUE(std::isnan(planned_power({.seeds_known = false}, 20, 1, 1, 0.05).false_alarm));
  EXPECT_FALSE(patients_needed(found, 1, 1, 0.05, 0.8).has_value());
  const auto by_permutations =
      patients_needed(found, 1, 1, 0.05, 0.8, &PlannedPower::permutation_power);
  ASSERT_TRUE(by_permutations.has_value());
  EXPECT_GE(planned_power(found, *by_permutations, 1, 1, 0.05).permutation_power, 0.8);
}

TEST(VarianceComponents, NeedTwoPatients) {
  EXPECT_THROW(variance_components({1, {1}}, {1, {1}}), DataError);
}

TEST(PlannedPower, AgreesWithKnownValues) {
  // A paired t test of 34 patients has power 0.808 for half a standard deviation (G*Power's 34).
  const VarianceComponents one{.patients = 1};
  EXPECT_NEAR(planned_power(one, 34, 1, 0.5, 0.05).power, 0.8078, 5e-4);
  EXPECT_EQ(patients_needed(one, 1, 0.5, 0.05, 0.8), 34);
  EXPECT_NEAR(planned_power(one, 34, 1, 0, 0.05).false_alarm, 0.05, 1e-9);
}

TEST(PlannedPower, IsWhatThePermutationTestHas) {
  const auto expect = [](const VarianceComponents& truth,
                         std::int64_t patients,
                         std::int64_t seeds,
                         double difference) {
    const PlannedPower planned = planned_power(truth, patients, seeds, difference, 0.05);
    const double found = found_by_permutations(truth, patients, seeds, difference);
    const double false_alarms = found_by_permutations(truth, patients, seeds, 0);
    // 3000 studies: a share's standard deviation is at most 0.009.
    const double tolerance = patients < 10 ? 0.06 : 0.03;
    EXPECT_NEAR(found, planned.permutation_power, tolerance) << patients << " x " << seeds;
    EXPECT_NEAR(false_alarms, planned.false_alarm, tolerance) << patients << " x " << seeds;
  };
  expect(kNoSeeds, 6, 1, 0.06);
  expect(kNoSeeds, 10, 2, 0.05);
  expect(kNoSeeds, 30, 1, 0.03);
  expect(kDice, 10, 1, 0.05);
  expect(kDice, 40, 2, 0.025);
  expect(kDice, 100, 1, 0.02);
}

TEST(PlannedPower, IsNearForSkewedDifferences) {
  const double planned = planned_power(kDice, 30, 3, 0.03, 0.05).permutation_power;
  EXPECT_NEAR(found_by_permutations(kDice, 30, 3, 0.03, exponential), planned, 0.08);
}

TEST(PlannedPower, CountsTrainingsWhereTheyDiffer) {
  // The test that `power` is of: the patients' t, its standard error widened to hold the trainings.
  constexpr int kStudies = 3000;
  constexpr std::int64_t kPatients = 40;
  const double of_patients = (kDice.patients + kDice.rest / 2) / kPatients;
  const double widened = std::sqrt((of_patients + kDice.seeds / 2) / of_patients);
  int found = 0;
  for (std::uint32_t i = 0; i < kStudies; ++i) {
    const Study study = draw_study(i, kDice, kPatients, 2, 0.025);
    const std::vector<double> a = means(study.a);
    const std::vector<double> b = means(study.b);
    std::vector<double> differences;
    for (std::size_t p = 0; p < a.size(); ++p) differences.push_back(a[p] - b[p]);
    const Summary of_all = summarise(differences);
    const double t = of_all.mean / (of_all.sd / std::sqrt(double{kPatients}));
    found += std::abs(t) > 2.0227 * widened ? 1 : 0;  // The t distribution's 0.975 at 39.
  }
  const PlannedPower planned = planned_power(kDice, kPatients, 2, 0.025, 0.05);
  EXPECT_NEAR(found / double{kStudies}, planned.power, 0.03);
  EXPECT_LT(planned.power, planned.permutation_power);
  EXPECT_GT(planned.false_alarm, 0.05);
}

TEST(PlannedPower, IsNoneWhereTooFewPatternsExist) {
  // Five patients have 32 patterns: p is 2/32 at least.
  EXPECT_EQ(planned_power(kDice, 5, 3, 10, 0.05).permutation_power, 0);
  EXPECT_EQ(planned_power(kDice, 5, 3, 10, 0.05).power, 0);
  EXPECT_GT(planned_power(kDice, 6, 3, 10, 0.05).power, 0.99);
  EXPECT_EQ(patients_needed(kDice, 3, 10, 0.05, 0.8), 6);
}

TEST(PlannedPower, GrowsWithPatientsAndSeeds) {
  for (const std::int64_t seeds : {1, 2, 5, 20}) {
    double before = 0;
    for (const std::int64_t patients : {2, 6, 7, 8, 9, 10, 20, 50, 51, 200, 5000, 100000}) {
      const double power = planned_power(kDice, patients, seeds, 0.03, 0.05).power;
      EXPECT_GE(power, before - 1e-9) << patients;
      EXPECT_LE(power, planned_power(kDice, patients, seeds + 1, 0.03, 0.05).power + 1e-9);
      before = power;
    }
  }
}

TEST(PatientsNeeded, AreNoneWhereOnlyMoreTrainingsHelp) {
  // One training each leaves a standard error of 0.01, of which a difference of 0.02 is twice.
  EXPECT_FALSE(patients_needed(kDice, 1, 0.02, 0.05, 0.8).has_value());
  const auto enough = patients_needed(kDice, 5, 0.02, 0.05, 0.8);
  ASSERT_TRUE(enough.has_value());
  EXPECT_GE(planned_power(kDice, *enough, 5, 0.02, 0.05).power, 0.8);
  EXPECT_LT(planned_power(kDice, *enough - 1, 5, 0.02, 0.05).power, 0.8);
}

TEST(PlannedPower, IsCertainWithoutSpread) {
  const VarianceComponents none{};
  EXPECT_EQ(planned_power(none, 10, 1, 0.1, 0.05).power, 1);
  EXPECT_EQ(planned_power(none, 10, 1, 0.1, 0.05).false_alarm, 0);
}

}  // namespace
}  // namespace regionwise::statistics

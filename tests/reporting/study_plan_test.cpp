#include "reporting/study_plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/random.hpp"
#include "reporting/metrics_examples.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

/// Ten patients of two cases; a patient's difference has sd 0.05, a training's 0.01.
MetricsSource pilot_run(const std::string& name, std::uint64_t seed) {
  RandomStream patients(1, {.purpose = Purpose::test});
  RandomStream trainings(seed + (name == "dice" ? 100 : 0), {.purpose = Purpose::test, .epoch = 1});
  const double training = 0.01 * trainings.normal();
  std::vector<double> dice;
  std::vector<double> distance;
  for (int p = 0; p < 10; ++p) {
    const double gain = name == "dice" ? 0 : 0.05 * patients.normal();
    for (int i = 0; i < 2; ++i) {
      const double value = 0.8 + gain + training + 0.01 * trainings.normal();
      dice.insert(dice.end(), {value, 0.5 * value});
      distance.insert(distance.end(), {10 - value, 10 + value});
    }
  }
  return example_source(name, seed, dice, distance);
}

Sides pilot(int seeds) {
  Sides sides;
  for (int s = 0; s < seeds; ++s) {
    sides.a.push_back(pilot_run("rectified", static_cast<std::uint64_t>(s)));
    sides.b.push_back(pilot_run("dice", static_cast<std::uint64_t>(s)));
  }
  return sides;
}

const ComparisonOptions kDice{.metrics = {"dice"}};

TEST(PlanStudy, FindsPatientsForEachNumberOfSeeds) {
  const auto plans = plan_study(pilot(3), kDice, {.difference = 0.03});
  ASSERT_EQ(plans.size(), 2U);
  const StudyPlan& plan = plans[0];
  EXPECT_EQ(plan.class_name, "LV");
  EXPECT_EQ(plan.metric, "dice");
  EXPECT_EQ(plan.pilot_patients, 10);
  EXPECT_EQ(plan.pilot_seeds_a, 3);
  EXPECT_TRUE(plan.components.seeds_known);
  ASSERT_EQ(plan.seeds.size(), 6U);
  std::int64_t before = statistics::kMostPlannedPatients;
  for (const StudyPlan::Seeds& one : plan.seeds) {
    // More seeds never need more patients, and the number needed stands in the table.
    const std::int64_t needed = one.patients_needed.value_or(statistics::kMostPlannedPatients);
    EXPECT_LE(needed, before);
    before = needed;
    for (const auto& [patients, power] : one.powers) {
      EXPECT_EQ(power.power >= 0.8, patients >= needed) << one.a << " x " << patients;
    }
  }
  // RV's values are half as large, and so is what a difference of 0.015 needs.
  const auto half = plan_study(pilot(3), kDice, {.difference = 0.015});
  EXPECT_EQ(half[1].seeds[2].patients_needed, plan.seeds[2].patients_needed);
}

TEST(PlanStudy, IgnoresTheSignOfTheDifference) {
  const auto plus = plan_study(pilot(3), kDice, {.difference = 0.03});
  const auto minus = plan_study(pilot(3), kDice, {.difference = -0.03});
  EXPECT_EQ(plus[0].seeds[1].patients_needed, minus[0].seeds[1].patients_needed);
}

TEST(PlanStudy, KnowsNothingOfSeedsFromOneRun) {
  const auto plans = plan_study(pilot(1), kDice, {.difference = 0.03});
  EXPECT_FALSE(plans[0].components.seeds_known);
  ASSERT_EQ(plans[0].seeds.size(), 1U);
  const StudyPlan::Seeds& one = plans[0].seeds[0];
  for (const auto& [patients, power] : one.powers) {
    EXPECT_TRUE(std::isnan(power.power));
    EXPECT_TRUE(std::isnan(power.false_alarm));
    EXPECT_EQ(power.permutation_power >= 0.8, patients >= one.permtest_patients_needed.value());
  }
  EXPECT_FALSE(one.patients_needed.has_value());
  EXPECT_EQ(one.a, 1);
  EXPECT_EQ(one.b, 1);
}

TEST(PlanStudy, CountsTheSeedsOfEachSideWhereOneHasOne) {
  Sides sides = pilot(3);
  sides.a.resize(1);
  const auto plans = plan_study(sides, kDice, {.difference = 0.03});
  ASSERT_EQ(plans[0].seeds.size(), 1U);
  EXPECT_EQ(plans[0].seeds[0].a, 1);
  EXPECT_EQ(plans[0].seeds[0].b, 3);
}

TEST(PlanStudy, LeavesCasesOutThatARunDoesNotDefine) {
  Sides sides = pilot(2);
  sides.b[1].record.metrics[0].values[0] = kNan;
  sides.a[0].record.metrics[0].values[8 * 2] = kNan;
  sides.a[0].record.metrics[0].values[9 * 2] = kNan;
  const auto plans = plan_study(sides, {.metrics = {"dice"}, .classes = {"LV"}}, {.difference = 1});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].dropped, 3);
  EXPECT_EQ(plans[0].pilot_patients, 9);
  EXPECT_EQ(plan_study(sides, {.metrics = {"dice"}, .by_case = true}, {.difference = 1})[0]
                .pilot_patients,
            17);
}

TEST(PlanStudy, RefusesWhatItCannotPlan) {
  EXPECT_THROW(plan_study(pilot(2), {}, {.difference = 1}), UsageError);  // Dice and millimetres.
  EXPECT_THROW(plan_study(pilot(2), kDice, {.difference = 0}), UsageError);
  EXPECT_THROW(plan_study(pilot(2), kDice, {.difference = kNan}), UsageError);
  EXPECT_THROW(plan_study(pilot(2), kDice, {.difference = 1, .power = 1}), UsageError);
  EXPECT_THROW(plan_study(pilot(2), kDice, {.difference = 1, .significance = 0}), UsageError);
  EXPECT_THROW(plan_study(pilot(2), {.metrics = {"nsd"}}, {.difference = 1}), DataError);
  EXPECT_THROW(plan_study(pilot(2), {.metrics = {"dice", "dice"}}, {.difference = 1}), UsageError);
  Sides mixed = pilot(2);
  mixed.a[1].record.run_name = "focal";
  EXPECT_THROW(plan_study(mixed, kDice, {.difference = 1}), DataError);
  Sides infinite = pilot(2);
  infinite.a[1].record.metrics[0].values[0] = std::numeric_limits<double>::infinity();
  const auto message =
      testing::message_of<Error>([&] { plan_study(infinite, kDice, {.difference = 1}); });
  EXPECT_TRUE(message.starts_with("dice of class LV: case 1 has an infinite value")) << message;
}

TEST(PlanStudy, TakesPairs) {
  const PairedSample sample{{"1", "2", "3", "4"}, {"x", "x", "y", "z"}, {1, 3, 4, 6}, {0, 0, 0, 0}};
  const StudyPlan plan = plan_study(sample, {}, {.difference = 2});
  EXPECT_EQ(plan.pilot_patients, 3);
  EXPECT_NEAR(plan.components.patients, 4, 1e-12);  // Of 2, 4, 6.
  EXPECT_EQ(plan.unit, "-");
  // A difference of one standard deviation: a t test takes 10 patients for power 0.8 (0.803); the
  // permutation test of 10 has level 25/512 = 4.9 %, and takes one more.
  EXPECT_EQ(plan.seeds[0].permtest_patients_needed, 11);
  EXPECT_EQ(plan.seeds[0].a, 0);
  EXPECT_EQ(plan_study(sample, {.by_case = true}, {.difference = 2}).pilot_patients, 4);
}

}  // namespace
}  // namespace regionwise::reporting

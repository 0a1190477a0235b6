#include "reporting/group_comparison.hpp"

#include <gtest/gtest.h>

namespace regionwise::reporting {
namespace {

/// 50 models each: 0, 5 and 6 fail, the others end at 0.9.
FinalValues convergence_study() {
  FinalValues values;
  for (const auto& [name, failures] : {std::pair("rectified", 0), {"boundary", 5}, {"dice", 6}}) {
    std::vector<double> finals(50, 0.9);
    std::fill_n(finals.begin(), failures, 0.3);
    values.groups.push_back({name, finals});
  }
  return values;
}

std::vector<GroupComparison> compare(const FinalValues& values, Pairing pairing) {
  return compare_groups(values, distributions(values, {}), 0.95, pairing);
}

TEST(CompareGroups, TakesEachPair) {
  const auto found = compare(convergence_study(), Pairing::all);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].a, "rectified");
  EXPECT_EQ(found[0].b, "boundary");
  EXPECT_EQ(found[2].a, "boundary");
  EXPECT_EQ(found[2].b, "dice");
  EXPECT_EQ(found[0].n_a, 50);
  EXPECT_NEAR(found[0].distribution.distance, 0.1, 1e-12);
  // All values are one of two, so that both tests ask how the failures are divided.
  for (const GroupComparison& one : found) {
    EXPECT_NEAR(one.distribution.p_value, one.failures->p_value, 1e-9);
  }
}

TEST(CompareGroups, KnowsThatFiveFailuresAgainstNoneAreNotSignificant) {
  const auto found = compare(convergence_study(), Pairing::with_first);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(found[0].failures->p_value, 0.0563, 5e-5);
  EXPECT_NEAR(found[1].failures->p_value, 0.0267, 5e-5);
  EXPECT_NEAR(found[0].failures->difference, -0.1, 1e-12);
  EXPECT_LT(found[0].failures->interval.lower, -0.1);
  EXPECT_GT(found[0].failures->interval.upper, -0.1);
  // Holm over the two pairs.
  EXPECT_NEAR(found[1].failures->p_holm, 2 * found[1].failures->p_value, 1e-12);
  EXPECT_NEAR(found[0].failures->p_holm, found[0].failures->p_value, 1e-12);
  EXPECT_NEAR(found[1].p_holm, 2 * found[1].distribution.p_value, 1e-9);
}

TEST(CompareGroups, ComparesTheMarksByThemselves) {
  FinalValues values = convergence_study();
  values.groups[1].marked_failed = 6;
  values.groups[2].marked_failed = 1;
  const auto found = compare(values, Pairing::all);
  // rectified 0 against boundary 6, as R's fisher.test has it; the threshold counts 5.
  EXPECT_EQ(found[0].marks->shares.b, 6);
  EXPECT_NEAR(found[0].marks->p_value, 0.0267, 5e-5);
  EXPECT_NEAR(found[0].marks->difference, -0.12, 1e-12);
  EXPECT_LT(found[0].marks->interval.lower, -0.12);
  EXPECT_LT(found[0].marks->interval.upper, 0);
  EXPECT_NEAR(found[0].marks->p_holm, 3 * found[0].marks->p_value, 1e-12);
  EXPECT_NEAR(found[0].failures->p_value, 0.0563, 5e-5);
  EXPECT_EQ(found[1].marks->p_value, 1);

  values.groups[2].unknown = 1;
  const auto partly = compare(values, Pairing::all);
  EXPECT_FALSE(partly[1].marks.has_value()) << "1 to 2 failed";
  EXPECT_NEAR(partly[0].marks->p_holm, partly[0].marks->p_value, 1e-12) << "the only pair";

  values.higher_is_better = false;
  EXPECT_TRUE(compare(values, Pairing::all)[0].marks.has_value()) << "a mark is of no metric";
}

TEST(CompareGroups, CountsNoFailuresOfADistance) {
  FinalValues values = convergence_study();
  values.higher_is_better = false;
  const auto found = compare(values, Pairing::all);
  EXPECT_FALSE(found[0].failures.has_value());
  EXPECT_LT(found[0].distribution.p_value, 1);
}

TEST(CompareGroups, ComparesNothingWhereThereIsNothing) {
  FinalValues values = convergence_study();
  EXPECT_TRUE(compare(values, Pairing::none).empty());
  values.groups.resize(1);
  EXPECT_TRUE(compare(values, Pairing::all).empty());
  EXPECT_TRUE(compare(values, Pairing::with_first).empty());
  EXPECT_TRUE(compare({}, Pairing::with_first).empty());
}

}  // namespace
}  // namespace regionwise::reporting

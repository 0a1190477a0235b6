#include "reporting/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "reporting/metrics_examples.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

AveragedRuns example(const std::vector<double>& dice, const std::vector<double>& hausdorff) {
  return average_runs(std::vector{example_source("run", 0, dice, hausdorff)});
}

TEST(Compare, TestsEachClassAndMetric) {
  // Patients a (two cases) and b (two cases); RV is equal on both sides.
  const AveragedRuns a = example({.9, .5, .9, .5, .9, .5, .9, .5}, {1, 1, 1, 1, 1, 1, 1, 1});
  const AveragedRuns b = example({.8, .5, .8, .5, .8, .5, .8, .5}, {3, 1, 3, 1, 3, 1, 3, 1});
  const auto found = compare(a, b, {});
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].class_name, "LV");
  EXPECT_EQ(found[0].metric, "dice");
  EXPECT_NEAR(found[0].test.mean_difference, 0.1, 1e-12);
  EXPECT_EQ(found[0].test.groups, 2);
  EXPECT_EQ(found[0].test.p_value, 0.5);
  EXPECT_EQ(found[1].metric, "hausdorff");
  EXPECT_EQ(found[1].unit, "mm");
  EXPECT_EQ(found[1].mean_a, 1);
  EXPECT_EQ(found[1].mean_b, 3);
  EXPECT_EQ(found[2].class_name, "RV");
  EXPECT_EQ(found[2].test.p_value, 1);
}

TEST(Compare, CorrectsForAllTestsOfTheCall) {
  // p 0.5, 0.5, 1, 1 of four tests.
  const AveragedRuns a = example({.9, .5, .9, .5, .9, .5, .9, .5}, {1, 1, 1, 1, 1, 1, 1, 1});
  const AveragedRuns b = example({.8, .5, .8, .5, .8, .5, .8, .5}, {3, 1, 3, 1, 3, 1, 3, 1});
  const auto all = compare(a, b, {});
  EXPECT_EQ(all[0].p_holm, 1);
  EXPECT_EQ(all[0].p_bh, 1);
  const auto by_case = compare(a, b, {.by_case = true});
  EXPECT_EQ(by_case[0].test.p_value, 0.125);
  EXPECT_EQ(by_case[0].p_holm, 0.5);
  EXPECT_EQ(by_case[0].p_bh, 0.25);
  EXPECT_EQ(by_case[2].p_holm, 1);
  const auto alone = compare(a, b, {.metrics = {"dice"}, .classes = {"LV"}, .by_case = true});
  EXPECT_EQ(alone[0].p_holm, 0.125);
}

TEST(Compare, CountsNoTestTwice) {
  const AveragedRuns a = example({.9, .5, .9, .5}, {1, 1, 1, 1});
  EXPECT_EQ(testing::message_of<UsageError>([&] {
              compare(a, a, {.metrics = {"dice", "hausdorff", "dice"}});
            }),
            "metric \"dice\": given twice");
  EXPECT_EQ(testing::message_of<UsageError>([&] {
              compare(a, a, {.classes = {"RV", "RV"}});
            }),
            "class \"RV\": given twice");
}

TEST(Compare, SaysHowLargeTheDifferenceIs) {
  std::vector<double> dice;
  std::vector<double> other;
  for (int i = 0; i < 12; ++i) {
    dice.insert(dice.end(), {0.9, 0.5});
    other.insert(other.end(), {0.8 - 0.01 * (i / 2), 0.5});
  }
  const std::vector<double> distances(24, 1.0);
  const auto found = compare(example(dice, distances), example(other, distances), {});
  EXPECT_EQ(found[0].effect.groups, 6);
  EXPECT_EQ(found[0].effect.difference, found[0].test.mean_difference);
  // Patients' means 0.10 … 0.15: sd sqrt(3.5) / 100.
  EXPECT_NEAR(found[0].effect.effect, 0.125 / (std::sqrt(3.5) / 100), 1e-9);
  EXPECT_LT(found[0].effect.difference_interval.lower, 0.125);
  EXPECT_GT(found[0].effect.difference_interval.lower, 0.10 - 1e-12);
  EXPECT_LT(found[0].effect.difference_interval.upper, 0.15 + 1e-12);
  EXPECT_TRUE(std::isnan(found[1].effect.effect));
}

TEST(Compare, FlipsByCaseOnRequest) {
  const AveragedRuns a = example({.9, .5, .9, .5, .9, .5, .9, .5}, {1, 1, 1, 1, 1, 1, 1, 1});
  const AveragedRuns b = example({.8, .5, .8, .5, .8, .5, .8, .5}, {3, 1, 3, 1, 3, 1, 3, 1});
  const auto found = compare(a, b, {.metrics = {"hausdorff"}, .classes = {"LV"}, .by_case = true});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].test.groups, 4);
  EXPECT_EQ(found[0].test.p_value, 2.0 / 16);
}

TEST(Compare, TakesMeansOverThePairsItKept) {
  const AveragedRuns a = example({.5, .5, .5, .5}, {kNan, 1, 4, 1});
  const AveragedRuns b = example({.5, .5, .5, .5}, {100, 1, 3, 1});
  const auto found = compare(a, b, {.metrics = {"hausdorff"}, .classes = {"LV"}});
  EXPECT_EQ(found[0].test.dropped, 1);
  EXPECT_EQ(found[0].mean_a, 4);
  EXPECT_EQ(found[0].mean_b, 3);
  EXPECT_EQ(found[0].test.mean_difference, 1);
}

TEST(Compare, RefusesToTestNothing) {
  const AveragedRuns a = example({.5, .5, .5, .5}, {kNan, 1, 4, 1});
  const AveragedRuns b = example({.5, .5, .5, .5}, {100, 1, kNan, 1});
  try {
    compare(a, b, {});
    FAIL() << "a p-value without a pair";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_STREQ(
        error.what(),
        "hausdorff of class LV: none of the 2 cases has a value on both sides, so there is "
        "nothing to test");
  }
  EXPECT_EQ(compare(a, b, {.metrics = {"dice"}}).size(), 2U);
}

TEST(Compare, SaysWhereAValueIsInfinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const AveragedRuns a = example({.5, .5, .5, .5}, {1, infinity, 4, 1});
  try {
    compare(a, a, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_TRUE(std::string(error.what()).starts_with("hausdorff of class RV: ")) << error.what();
  }
}

PairedSample parse(const std::string& text) {
  std::istringstream input(text);
  return read_pairs(input, "pairs.tsv");
}

TEST(ReadPairs, ReadsValuesCommentsAndUndefined) {
  const PairedSample sample =
      parse("# by hand\n# case\tgroup\ta\tb\nx1\tx\t0.5\t1e-3\r\n# half\ny 1\ty\tnan\t-2\n");
  EXPECT_EQ(sample.cases, (std::vector<std::string>{"x1", "y 1"}));
  EXPECT_EQ(sample.groups, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(sample.a[0], 0.5);
  EXPECT_TRUE(std::isnan(sample.a[1]));
  EXPECT_EQ(sample.b, (std::vector<double>{0.001, -2}));
}

TEST(ReadPairs, NamesTheLineThatCannotBeRead) {
  const std::string header = "case\tgroup\ta\tb\n";
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "pairs.tsv: line 1: expected the tab-separated header"},
      {"# only a comment\n", "pairs.tsv: line 1: expected the tab-separated header"},
      {"x\tx\t1\t2\n", "pairs.tsv: line 1: expected the tab-separated header"},
      {"case,group,a,b\n", "pairs.tsv: line 1: expected the tab-separated header"},
      {header, "pairs.tsv: no case below the header"},
      {header + "x\tx\t1\n", "pairs.tsv: line 2: expected 4 tab-separated cells, found 3"},
      {header + "x\tx\t1\t2\t3\n", "pairs.tsv: line 2: expected 4 tab-separated cells, found 5"},
      {header + "x\tx\t1\t2\n\ny\ty\t1\t2\n", "pairs.tsv: line 3: expected 4"},
      {header + "x\tx\t1\t0,5\n", "pairs.tsv: line 2: \"0,5\" is not a number"},
      {header + "x\tx\t\t2\n", "pairs.tsv: line 2: \"\" is not a number"},
      {header + "x\tx\t1\tinf\n", "pairs.tsv: line 2: \"inf\" is not a number"},
      {header + "x\tx\t1\t1e999\n", "pairs.tsv: line 2: \"1e999\" is not a number"},
      {header + "x\tx\t 1\t2\n", "pairs.tsv: line 2: \" 1\" is not a number"},
      {header + "\tx\t1\t2\n", "pairs.tsv: line 2: the case has no name"},
      {header + "x\t\t1\t2\n", "pairs.tsv: line 2: the group has no name"},
      {header + "x\tx\t1\t2\nx\tx\t1\t2\n", "pairs.tsv: line 3: case x stands twice"}};
  for (const auto& [text, message] : bad) {
    try {
      parse(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const DataError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(message)) << error.what();
    }
  }
}

TEST(ReadPairs, SaysThatAFileCannotBeOpened) {
  EXPECT_THROW(read_pairs(std::filesystem::path("no/such/file.tsv")), IoError);
}

TEST(ReadPairs, PassesOverAByteOrderMark) {
  const regionwise::testing::TemporaryFolder folder;
  regionwise::testing::write_bytes(folder / "a.tsv",
                                   "\xef\xbb\xbf"
                                   "case\tgroup\ta\tb\nx1\tx\t1\t0\n");
  EXPECT_EQ(read_pairs(folder / "a.tsv").cases, std::vector<std::string>{"x1"});
}

TEST(ComparePairs, GroupsAsTheTableSays) {
  const PairedSample sample = parse("case\tgroup\ta\tb\nx1\tx\t1\t0\nx2\tx\t2\t0\ny1\ty\t3\t0\n");
  EXPECT_EQ(compare_pairs(sample, {}).test.p_value, 2.0 / 4);
  EXPECT_EQ(compare_pairs(sample, {.by_case = true}).test.p_value, 2.0 / 8);
  EXPECT_EQ(compare_pairs(sample, {}).mean_a, 2);
}

}  // namespace
}  // namespace regionwise::reporting

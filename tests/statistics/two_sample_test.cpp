#include "statistics/two_sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "support/property.hpp"

namespace regionwise::statistics {
namespace {

/// m n times the distance of two empirical distribution functions, from their definition.
int scaled_distance(const std::vector<int>& a, const std::vector<int>& b) {
  const auto below = [](const std::vector<int>& sample, int value) {
    return static_cast<int>(
        std::count_if(sample.begin(), sample.end(), [&](int one) { return one <= value; }));
  };
  int largest = 0;
  for (const auto* sample : {&a, &b}) {
    for (const int value : *sample) {
      largest = std::max(largest,
                         std::abs(below(a, value) * static_cast<int>(b.size()) -
                                  below(b, value) * static_cast<int>(a.size())));
    }
  }
  return largest;
}

/// p by writing out every way to label the values.
double p_by_labels(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> all = a;
  all.insert(all.end(), b.begin(), b.end());
  const int observed = scaled_distance(a, b);
  int ways = 0;
  int extreme = 0;
  for (std::uint32_t labels = 0; labels < 1U << all.size(); ++labels) {
    if (std::popcount(labels) != static_cast<int>(a.size())) continue;
    std::vector<int> first;
    std::vector<int> second;
    for (std::size_t i = 0; i < all.size(); ++i) {
      ((labels >> i & 1U) != 0 ? first : second).push_back(all[i]);
    }
    ++ways;
    extreme += scaled_distance(first, second) >= observed ? 1 : 0;
  }
  return static_cast<double>(extreme) / ways;
}

TEST(KolmogorovSmirnov, AgreesWithAllLabelsWrittenOut) {
  regionwise::testing::check_property([] {
    // Few distinct values: many ties.
    const auto a = *rc::gen::resize(
        5, rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6))));
    const auto b = *rc::gen::resize(
        5, rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6))));
    const KolmogorovSmirnov found = kolmogorov_smirnov(std::vector<double>(a.begin(), a.end()),
                                                       std::vector<double>(b.begin(), b.end()));
    RC_ASSERT(std::abs(found.p_value - p_by_labels(a, b)) < 1e-12);
    RC_ASSERT(std::abs(found.distance * static_cast<double>(a.size() * b.size()) -
                       scaled_distance(a, b)) < 1e-9);
  });
}

TEST(KolmogorovSmirnov, AgreesWithKnownValues) {
  // Apart altogether: 2 of the (10 choose 5) = 252 ways.
  EXPECT_NEAR(
      kolmogorov_smirnov(std::vector<double>{1, 2, 3, 4, 5}, std::vector<double>{6, 7, 8, 9, 10})
          .p_value,
      2.0 / 252,
      1e-15);
  // All values equal: no way differs.
  const KolmogorovSmirnov equal =
      kolmogorov_smirnov(std::vector<double>(9, 0.5), std::vector<double>(7, 0.5));
  EXPECT_EQ(equal.distance, 0);
  EXPECT_EQ(equal.p_value, 1);
  // Fifty models against fifty, all apart: 2 / (100 choose 50), far below what 1 − … could show.
  std::vector<double> low(50);
  for (std::size_t i = 0; i < low.size(); ++i) low[i] = static_cast<double>(i);
  std::vector<double> high = low;
  for (double& value : high) value += 100;
  EXPECT_NEAR(kolmogorov_smirnov(low, high).p_value / (2 / 1.0089134454556417e29), 1, 1e-12);
  EXPECT_EQ(kolmogorov_smirnov(low, high).distance, 1);
}

TEST(KolmogorovSmirnov, IsSymmetricAndBlindToScale) {
  RandomStream random(3, {.purpose = Purpose::test});
  std::vector<double> a(13);
  std::vector<double> b(20);
  for (double& value : a) value = random.normal();
  for (double& value : b) value = random.normal() + 0.5;
  const KolmogorovSmirnov one = kolmogorov_smirnov(a, b);
  const KolmogorovSmirnov other = kolmogorov_smirnov(b, a);
  EXPECT_EQ(one.distance, other.distance);
  EXPECT_NEAR(one.p_value, other.p_value, 1e-14);
  for (auto* sample : {&a, &b}) {
    for (double& value : *sample) value = std::exp(value);
  }
  EXPECT_EQ(kolmogorov_smirnov(a, b).p_value, one.p_value);
}

TEST(KolmogorovSmirnov, OfOneValueEachCanShowNothing) {
  const std::vector<double> low{0.1};
  const std::vector<double> high{0.9};
  EXPECT_EQ(kolmogorov_smirnov(low, low).distance, 0);
  EXPECT_EQ(kolmogorov_smirnov(low, low).p_value, 1);
  EXPECT_EQ(kolmogorov_smirnov(low, high).distance, 1);
  EXPECT_EQ(kolmogorov_smirnov(low, high).p_value, 1);
  // One against four: the lone value is at an end in two of five ways.
  const std::vector<double> four{0.2, 0.3, 0.4, 0.5};
  EXPECT_NEAR(kolmogorov_smirnov(low, four).p_value, 2.0 / 5, 1e-15);
  // Ties leave fewer ways apart: {1, 1} against {1, 2} differs by 1/2 at most, and so does its
  // twin.
  const auto tied = kolmogorov_smirnov(std::vector<double>{1, 1}, std::vector<double>{1, 2});
  EXPECT_EQ(tied.distance, 0.5);
  EXPECT_EQ(tied.p_value, 1);
}

TEST(KolmogorovSmirnov, RefusesUndefinedValues) {
  EXPECT_THROW(kolmogorov_smirnov(std::vector{1.0}, std::vector{std::nan("")}), DataError);
}

TEST(FisherExact, AgreesWithKnownValues) {
  // The convergence study's: 5 of 50 failures against none, and 6.
  EXPECT_NEAR(fisher_exact({5, 50, 0, 50}), 0.0563, 5e-5);
  EXPECT_NEAR(fisher_exact({6, 50, 0, 50}), 0.0267, 5e-5);
  // Fisher's tea: 3 of 4 cups, two-sided 34 of 70.
  EXPECT_NEAR(fisher_exact({3, 4, 1, 4}), 34.0 / 70, 1e-12);
  EXPECT_NEAR(fisher_exact({0, 7, 0, 9}), 1, 1e-12);
  EXPECT_NEAR(fisher_exact({7, 7, 9, 9}), 1, 1e-12);
  EXPECT_NEAR(fisher_exact({4, 4, 0, 4}), 2.0 / 70, 1e-12);
}

TEST(FisherExact, IsSymmetric) {
  regionwise::testing::check_property([] {
    TwoShares shares{0, *rc::gen::inRange(1, 60), 0, *rc::gen::inRange(1, 60)};
    shares.a = *rc::gen::inRange<std::int64_t>(0, shares.of_a + 1);
    shares.b = *rc::gen::inRange<std::int64_t>(0, shares.of_b + 1);
    const double p = fisher_exact(shares);
    const TwoShares turned{shares.b, shares.of_b, shares.a, shares.of_a};
    const TwoShares successes{
        shares.of_a - shares.a, shares.of_a, shares.of_b - shares.b, shares.of_b};
    RC_ASSERT(p > 0 && p <= 1);
    RC_ASSERT(std::abs(fisher_exact(turned) - p) < 1e-9);
    RC_ASSERT(std::abs(fisher_exact(successes) - p) < 1e-9);
  });
}

TEST(Newcombe, AgreesWithHisTable) {
  // Newcombe 1998, table II, method 10.
  const auto expect = [](const TwoShares& shares, double lower, double upper) {
    const Interval found = newcombe(shares, 0.95);
    EXPECT_NEAR(found.lower, lower, 5e-5);
    EXPECT_NEAR(found.upper, upper, 5e-5);
  };
  expect({56, 70, 48, 80}, 0.0524, 0.3339);
  expect({9, 10, 3, 10}, 0.1705, 0.8090);
  expect({5, 56, 0, 29}, -0.0381, 0.1926);
  expect({0, 10, 0, 20}, -0.1611, 0.2775);
  expect({10, 10, 0, 10}, 0.6075, 1.0);
}

TEST(Newcombe, RefusesImpossibleConfidence) {
  EXPECT_THROW(newcombe({1, 2, 1, 2}, 1), UsageError);
  EXPECT_THROW(newcombe({1, 2, 1, 2}, 0), UsageError);
}

}  // namespace
}  // namespace regionwise::statistics

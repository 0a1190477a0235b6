// The share of the simplex on which Eq. 2 has a wrong sign: against exact fractions, against
// sampled softmax vectors, and the smallest change that makes a pixel safe against a search.
#include "maps/sign_audit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/vector_math.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using Fraction = boost::multiprecision::cpp_rational;
using Values = std::vector<double>;

/// P(μ > t) = Σ_l (z_l − t)_+^{K−1} / Π_{j≠l} (z_l − z_j) of spec/paper-vs-code.md, without any
/// rounding; the z must differ.
Fraction closed_form(const std::vector<Fraction>& z, const Fraction& t) {
  Fraction sum = 0;
  for (std::size_t l = 0; l < z.size(); ++l) {
    if (z[l] <= t) continue;
    Fraction term = 1;
    for (std::size_t j = 0; j < z.size(); ++j) {
      if (j != l) term *= (z[l] - t) / (z[l] - z[j]);
    }
    sum += term;
  }
  return sum;
}

std::vector<Fraction> fractions(const Values& z) {
  return {z.begin(), z.end()};
}

/// Ties by their limit: equal values are set 1e-40 apart, the first of them left where it is. μ
/// then moves by less than 1e-38, and the share in proportion.
std::vector<Fraction> set_apart(const Values& z) {
  std::vector<Fraction> apart = fractions(z);
  const Fraction step(1, boost::multiprecision::pow(boost::multiprecision::cpp_int(10), 40));
  for (std::size_t l = 0; l < z.size(); ++l) {
    apart[l] += step * std::count(z.begin(), z.begin() + static_cast<std::ptrdiff_t>(l), z[l]);
  }
  return apart;
}

void expect_share(const Values& z, double t, const std::vector<Fraction>& exact_z) {
  const Fraction exact = closed_form(exact_z, Fraction(t));
  const auto above = exact.convert_to<double>();
  const auto below = (1 - exact).convert_to<double>();
  RC_ASSERT(std::abs(share_above(z, t) - above) <= 1e-13 * above + 1e-36);
  RC_ASSERT(std::abs(share_below(z, t) - below) <= 1e-13 * below + 1e-36);
}

TEST(WrongSigns, OfFigure2AreEightFifteenths) {
  const Values z = {12, 4, -3};
  std::array<double, 3> shares;
  wrong_sign_shares(z, 2, shares);
  EXPECT_EQ(shares, (std::array{0.0, 8.0 / 15.0, 0.0}));
  EXPECT_EQ(unsafe_share(z, 2), 8.0 / 15.0);
  EXPECT_FALSE(is_safe(z, 2));

  const Values rectified = {10, 10, -3};
  wrong_sign_shares(rectified, 2, shares);
  EXPECT_EQ(shares, (std::array{0.0, 0.0, 0.0}));
  EXPECT_EQ(unsafe_share(rectified, 2), 0.0);
  EXPECT_TRUE(is_safe(rectified, 2));
}

TEST(WrongSigns, OfTwoClassesAreAllOrNothing) {
  EXPECT_EQ(unsafe_share(Values{3, -1}, 1), 0.0);
  EXPECT_EQ(unsafe_share(Values{3, -1}, 0), 1.0);
  EXPECT_EQ(unsafe_share(Values{3, 3}, 0), 0.0);  // no gradient at all
}

TEST(WrongSigns, AreEverywhereWhereTheTrueValueIsAboveAWrongOne) {
  EXPECT_EQ(unsafe_share(Values{5, 4, 9}, 0), 1.0);
  EXPECT_EQ(unsafe_share(Values{5, 5, 9}, 0), 1.0);
  EXPECT_EQ(unsafe_share(Values{5, 5, 5}, 0), 0.0);
  std::array<double, 3> shares;
  wrong_sign_shares(Values{5, 4, 9}, 0, shares);
  EXPECT_DOUBLE_EQ(shares[0], 1.0 / 5.0);  // below 5: (5 − 4)/(9 − 4) of the simplex
  EXPECT_EQ(shares[1], 1.0);
  EXPECT_EQ(shares[2], 0.0);
}

RC_GTEST_PROP(WrongSigns, AreThoseOfTheClosedFormInFractions, ()) {
  Values z(*testing::uniform<std::size_t>(2, 17));
  // Apart, near to one another in relative and in absolute terms, or one far from the rest.
  const double spread = *rc::gen::element(1.0, 1e-3, 1e-12, 1e-200);
  const double origin = spread < 1e-100 ? 0 : *rc::gen::element(0.0, 1.0, -100.0);
  for (double& value : z) {
    value = origin + spread * static_cast<double>(*testing::uniform(-1000000, 1000000));
  }
  if (*rc::gen::arbitrary<bool>()) z.front() = -1e6;
  std::ranges::sort(z);
  z.erase(std::unique(z.begin(), z.end()), z.end());
  for (const double t : z) expect_share(z, t, fractions(z));
  expect_share(z, (z.front() + z.back()) / 2, fractions(z));
}

RC_GTEST_PROP(WrongSigns, OfTiesAreTheLimitOfTheClosedForm, ()) {
  Values z(*testing::uniform<std::size_t>(2, 17));
  for (double& value : z) value = *testing::uniform(-3, 3);
  if (*rc::gen::arbitrary<bool>()) z.back() = std::nextafter(z.front(), 10);
  const auto [least, most] = std::ranges::minmax_element(z);
  RC_PRE(*least < *most);
  // Where all of μ is above or below t the limit is 1 or 0, whatever the order of setting apart.
  for (const double t : {*least, *most}) {
    RC_ASSERT(share_above(z, t) == (t == *least ? 1.0 : 0.0));
    RC_ASSERT(share_below(z, t) == (t == *most ? 1.0 : 0.0));
  }
  for (const double t : z) {
    if (t != *least && t != *most) expect_share(z, t, set_apart(z));
  }
}

RC_GTEST_PROP(WrongSigns, OfAnyClassAreTheProductOfTheDocs, ()) {
  Values z(*testing::uniform<std::size_t>(2, 9));
  for (double& value : z) value = *testing::uniform(-4, 5);
  const int m = *testing::uniform<int>(0, static_cast<int>(z.size()));
  double least = 1e9;
  for (std::size_t k = 0; k < z.size(); ++k) {
    if (static_cast<int>(k) != m) least = std::min(least, z[k]);
  }
  double product = 1;
  for (std::size_t l = 0; l < z.size(); ++l) {
    if (static_cast<int>(l) != m) product *= (least - z[m]) / (z[l] - z[m]);
  }
  const bool constant = std::ranges::count(z, z.front()) == std::ssize(z);
  const double expected = constant ? 0 : z[m] >= least ? 1 : 1 - product;
  RC_ASSERT(std::abs(unsafe_share(z, m) - expected) <= 1e-14);
  RC_ASSERT(is_safe(z, m) == (unsafe_share(z, m) == 0));
}

/// Counts over 10^7 softmax vectors, uniform on the simplex, for one z and true class.
struct Sampled {
  Values z;
  int true_class = 0;
  std::vector<std::int64_t> wrong = std::vector<std::int64_t>(z.size());  ///< By class.
  std::int64_t any = 0;
};

constexpr int kMostClasses = 8;
constexpr std::int64_t kBlock = 2000;
constexpr std::int64_t kVectors = 10000000;

using Exponentials = std::array<std::array<float, kBlock>, kMostClasses>;

void draw(RandomStream& random, Exponentials& e) {
  static std::array<std::uint32_t, kBlock> bits;
  for (auto& variables : e) {
    random.fill(bits);
    for (std::int64_t i = 0; i < kBlock; ++i) {
      // The scale of the exponentials does not matter, so log2 does as well.
      const float uniform = static_cast<float>(bits[i] >> 8) * 0x1p-24F + 0x1p-25F;
      variables[i] = -vector_math::log2(uniform);
    }
  }
}

/// The first K exponentials over their sum are uniform on the simplex of K classes: one block
/// serves every K. The mean of z is compared without the division.
void count(const Exponentials& e, Sampled& sampled) {
  static std::array<float, kBlock> sum;
  static std::array<float, kBlock> weighted;
  static std::array<std::int32_t, kBlock> any;
  sum.fill(0);
  weighted.fill(0);
  any.fill(0);
  for (std::size_t k = 0; k < sampled.z.size(); ++k) {
    const auto z = static_cast<float>(sampled.z[k]);
    for (std::int64_t i = 0; i < kBlock; ++i) {
      sum[i] += e[k][i];
      weighted[i] += e[k][i] * z;
    }
  }
  for (std::size_t k = 0; k < sampled.z.size(); ++k) {
    const float sign = static_cast<int>(k) == sampled.true_class ? -1 : 1;
    const auto z = static_cast<float>(sampled.z[k]);
    std::int32_t wrong = 0;
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const std::int32_t is_wrong = sign * (weighted[i] - z * sum[i]) > 0 ? 1 : 0;
      wrong += is_wrong;
      any[i] |= is_wrong;
    }
    sampled.wrong[k] += wrong;
  }
  sampled.any += std::reduce(any.begin(), any.end());
}

TEST(WrongSigns, AreThoseOfTenMillionSampledVectors) {
  std::vector<Sampled> all = {{{2, -1}, 1}, {{12, 4, -3}, 2}, {{1, 4, 2}, 0}};
  RandomStream values(5, {.purpose = Purpose::test, .sample = 1});
  for (int classes = 3; classes <= kMostClasses; ++classes) {
    // One as a boundary map has it, the true value below; one where it is anywhere.
    for (const bool below : {true, false}) {
      Sampled sampled{Values(static_cast<std::size_t>(classes)), classes / 2};
      for (double& z : sampled.z) z = std::round(8 * values.uniform(0, 10)) / 8;
      if (below) sampled.z[sampled.true_class] = -2;
      all.push_back(sampled);
    }
  }
  RandomStream random(5, {.purpose = Purpose::test});
  Exponentials e;
  for (std::int64_t done = 0; done < kVectors; done += kBlock) {
    draw(random, e);
    for (Sampled& sampled : all) count(e, sampled);
  }
  for (const Sampled& sampled : all) {
    Values shares(sampled.z.size());
    wrong_sign_shares(sampled.z, sampled.true_class, shares);
    const auto share_of = [](std::int64_t n) { return static_cast<double>(n) / kVectors; };
    for (std::size_t k = 0; k < shares.size(); ++k) {
      EXPECT_NEAR(share_of(sampled.wrong[k]), shares[k], 1e-3)
          << shares.size() << " classes, " << k;
    }
    EXPECT_NEAR(share_of(sampled.any), unsafe_share(sampled.z, sampled.true_class), 1e-3)
        << shares.size() << " classes";
  }
}

TEST(SmallestChange, OfFigure2IsHalfTheDistanceOfTheWrongValues) {
  const SmallestChange change = smallest_change(Values{12, 4, -3}, 2);
  EXPECT_EQ(change.largest, 4);
  EXPECT_DOUBLE_EQ(change.euclidean, std::sqrt(32.0));
  EXPECT_EQ(smallest_change(Values{10, 10, -3}, 2).largest, 0);
  // The true value is the largest: it and the least wrong one meet half way.
  EXPECT_EQ(smallest_change(Values{0, 6, 10}, 2).largest, 5);
}

RC_GTEST_PROP(SmallestChange, IsThatOfASearchOverSafePixels, ()) {
  Values z(*testing::uniform<std::size_t>(2, 6));
  for (double& value : z) value = *testing::uniform(0, 9);
  const auto m = *testing::uniform<std::size_t>(0, z.size());
  // All pixels on a grid of quarters whose wrong values are c and whose true value is at most c.
  double largest = 1e9;
  double square = 1e9;
  constexpr double kStep = 0.25;
  for (double c = 0; c <= 9; c += kStep) {
    for (double own = 0; own <= c; own += kStep) {
      double most = std::abs(z[m] - own);
      double sum = most * most;
      for (std::size_t k = 0; k < z.size(); ++k) {
        if (k == m) continue;
        most = std::max(most, std::abs(z[k] - c));
        sum += (z[k] - c) * (z[k] - c);
      }
      largest = std::min(largest, most);
      square = std::min(square, sum);
    }
  }
  const SmallestChange change = smallest_change(z, static_cast<int>(m));
  RC_ASSERT(change.largest == largest);  // halves of whole numbers are on the grid
  // A mean may miss the grid by an eighth in each value.
  RC_ASSERT(change.euclidean <= std::sqrt(square) + 1e-12);
  RC_ASSERT(change.euclidean * change.euclidean >=
            square - static_cast<double>(z.size()) / 64 - 1e-12);
  RC_ASSERT((change.largest == 0) == is_safe(z, static_cast<int>(m)));
  RC_ASSERT((change.euclidean == 0) == is_safe(z, static_cast<int>(m)));
}

TEST(SmallestChange, IsNeverLostInTinyNumbers) {
  for (const double unit : {1e-120, 1e-160, 1e-200, 1e-300}) {
    const SmallestChange change = smallest_change(Values{12 * unit, 4 * unit, -3 * unit}, 2);
    EXPECT_DOUBLE_EQ(change.largest / unit, 4);
    EXPECT_DOUBLE_EQ(change.euclidean / unit, std::sqrt(32.0)) << unit;
    // The true value is above the mean; and far below, where it does not count.
    EXPECT_DOUBLE_EQ(smallest_change(Values{0, 6 * unit, 12 * unit}, 2).euclidean / unit,
                     std::sqrt(72.0));
    EXPECT_DOUBLE_EQ(smallest_change(Values{0, 2 * unit, -1e150}, 2).euclidean / unit,
                     std::sqrt(2.0));
  }
  constexpr double kSmallest = std::numeric_limits<double>::denorm_min();
  for (const Values& z : {Values{0, kSmallest, 0}, Values{0, 0, kSmallest}, Values{0, kSmallest}}) {
    const auto m = static_cast<int>(z.size()) - 1;
    ASSERT_FALSE(is_safe(z, m));
    EXPECT_GT(smallest_change(z, m).largest, 0);
    EXPECT_GT(smallest_change(z, m).euclidean, 0);
  }
}

TEST(MapVector, IsRefusedWhereItIsNone) {
  EXPECT_NO_THROW(check_map_vector(Values{1, 2}, 1, "--z"));
  EXPECT_THROW(check_map_vector(Values{1}, 0, "--z"), UsageError);
  EXPECT_THROW(check_map_vector(Values(129), 0, "--z"), UsageError);
  EXPECT_THROW(check_map_vector(Values{1, 2}, 2, "--z"), UsageError);
  EXPECT_THROW(check_map_vector(Values{1, 2}, -1, "--z"), UsageError);
  EXPECT_THROW(check_map_vector(Values{1, NAN}, 0, "--z"), UsageError);
  EXPECT_THROW(check_map_vector(Values{1, 1e151}, 0, "--z"), UsageError);
}

}  // namespace
}  // namespace regionwise::maps

#include "statistics/sign_patterns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/random.hpp"

namespace regionwise::statistics {
namespace {

std::vector<double> normal_values(int count, std::uint32_t index) {
  RandomStream random(3, {.purpose = Purpose::test, .iteration = index});
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(0.3 + random.normal());
  return values;
}

/// The patterns of SignPatterns(seed, units, draws) one by one, as its comment says.
class WrittenOut {
 public:
  WrittenOut(std::uint64_t seed, std::int64_t units, std::int64_t draws)
      : seed_(seed), units_(units) {
    while (bits_ < 7 && (std::int64_t{1} << bits_) <= draws) ++bits_;
    observed_ =
        RandomStream(seed, {.purpose = Purpose::permutation, .epoch = 1}).integer(draws + 1);
  }

  std::int64_t observed() const { return observed_; }  ///< Its place.
  bool flips(std::int64_t place, std::int64_t unit) const {
    return flips_by_itself(place, unit) != flips_by_itself(observed_, unit);
  }

 private:
  bool flips_by_itself(std::int64_t place, std::int64_t unit) const {
    RandomStream random(
        seed_,
        {.purpose = Purpose::permutation, .iteration = static_cast<std::uint32_t>(place >> bits_)});
    std::vector<std::uint32_t> words(static_cast<std::size_t>((units_ + 3) / 4));
    random.fill(words);
    const std::uint32_t byte =
        words[static_cast<std::size_t>(unit / 4)] >> (8 * (unit % 4)) & 0xFFU;
    const auto pattern = static_cast<std::uint32_t>(place & ((std::int64_t{1} << bits_) - 1));
    return (std::popcount(pattern & byte) % 2 != 0) != (byte >= 0x80U);
  }

  std::uint64_t seed_;
  std::int64_t units_;
  int bits_ = 3;
  std::int64_t observed_ = 0;
};

/// Σ ± value of one pattern, written out.
double sum_of(const WrittenOut& patterns, std::int64_t place, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t unit = 0; unit < values.size(); ++unit) {
    sum += patterns.flips(place, static_cast<std::int64_t>(unit)) ? -values[unit] : values[unit];
  }
  return sum;
}

TEST(SignPatterns, AreCountedAsWrittenOut) {
  struct Size {
    int units;
    std::int64_t draws;
  };
  for (const auto& [units, draws] : {Size{1, 1}, {3, 7}, {5, 8}, {9, 300}, {23, 1023}, {7, 2100}}) {
    const SignPatterns patterns(5, units, draws);
    const WrittenOut written(5, units, draws);
    const auto values = normal_values(units, static_cast<std::uint32_t>(units));
    std::vector<double> sums;
    for (std::int64_t place = 0; place <= draws; ++place) {
      sums.push_back(std::abs(sum_of(written, place, values)));
    }
    for (const double bound : {0.5, 1.0, 2.0, 4.0}) {
      const auto expected =
          std::count_if(sums.begin(), sums.end(), [&](double sum) { return sum >= bound; });
      for (const int threads : {1, 3}) {
        EXPECT_EQ(patterns.count_at_least(values, bound, threads), expected)
            << units << " units, " << draws << " draws, bound " << bound;
      }
    }
  }
}

TEST(SignPatterns, AreThoseWrittenOutWhateverTheSeed) {
  const std::vector<double> values{1, 2, 4};  // No two patterns but opposite ones have one |sum|.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SignPatterns patterns(seed, 3, 9);
    const WrittenOut written(seed, 3, 9);
    for (const double bound : {7.0, 5.0, 3.0}) {
      std::int64_t expected = 0;
      for (std::int64_t place = 0; place <= 9; ++place) {
        expected += std::abs(sum_of(written, place, values)) >= bound ? 1 : 0;
      }
      ASSERT_EQ(patterns.count_at_least(values, bound, 1), expected) << seed;
    }
    EXPECT_GE(patterns.count_at_least(values, 7, 1), 1) << "the observed one is none of them";
  }
}

TEST(SignPatterns, HoldTheObservedOneInAPlaceThatIsDrawn) {
  std::array<int, 10> times{};
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    ++times.at(static_cast<std::size_t>(WrittenOut(seed, 3, 9).observed()));
  }
  // 100 each, within five standard deviations.
  for (const int count : times) EXPECT_NEAR(count, 100, 5 * std::sqrt(90));
}

TEST(SignPatterns, AreIndependentInPairs) {
  // Over seeds, two draws flip two units in each of the 16 ways equally often.
  std::array<int, 16> times{};
  constexpr int kSeeds = 4000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const WrittenOut patterns(seed, 2, 15);
    std::size_t way = 0;
    for (const std::int64_t apart : {3, 11}) {
      const std::int64_t place = (patterns.observed() + apart) % 16;
      for (std::int64_t unit = 0; unit < 2; ++unit) way = 2 * way + patterns.flips(place, unit);
    }
    ++times.at(way);
  }
  for (const int count : times) EXPECT_NEAR(count, kSeeds / 16, 5 * std::sqrt(kSeeds / 16.0));
}

TEST(SignPatterns, GiveTheSpreadOfIndependentDraws) {
  // The share of extreme patterns among 2000, over seeds: mean p and variance p (1 − p) / 2000.
  constexpr int kSeeds = 1500;
  constexpr int kDraws = 2000;
  const auto values = normal_values(16, 1);
  std::int64_t extreme = 0;
  for (std::uint32_t pattern = 0; pattern < (1U << 16); ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < 16; ++i) sum += (pattern >> i & 1U) != 0 ? values[i] : -values[i];
    extreme += std::abs(sum) >= 6 ? 1 : 0;
  }
  const double p = static_cast<double>(extreme) / (1U << 16);
  double mean = 0;
  double squares = 0;
  double fourths = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const SignPatterns patterns(seed, 16, kDraws);
    const double seen = std::abs(std::accumulate(values.begin(), values.end(), 0.0)) >= 6 ? 1 : 0;
    const double share =
        (static_cast<double>(patterns.count_at_least(values, 6, 1)) - seen) / kDraws;
    mean += (share - p) / kSeeds;
    squares += std::pow(share - p, 2) / kSeeds;
    fourths += std::pow(share - p, 4) / kSeeds;
  }
  const double variance = p * (1 - p) / kDraws;
  EXPECT_NEAR(mean, 0, 5 * std::sqrt(variance / kSeeds));
  EXPECT_NEAR(squares / variance, 1, 5 * std::sqrt(2.0 / kSeeds));
  // Nor are the tails those of another distribution than the binomial, nearly normal one.
  EXPECT_NEAR(fourths / (squares * squares), 3, 5 * std::sqrt(24.0 / kSeeds));
}

}  // namespace
}  // namespace regionwise::statistics

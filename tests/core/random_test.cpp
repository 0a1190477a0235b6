#include "core/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace regionwise {
namespace {

TEST(RandomStream, IsAFunctionOfSeedAndPosition) {
  const auto draws = [](std::uint64_t seed, DrawPosition position) {
    RandomStream random(seed, position);
    return std::vector<std::uint32_t>{
        random.bits(), random.bits(), random.bits(), random.bits(), random.bits()};
  };
  const DrawPosition base{.purpose = Purpose::sampling, .epoch = 3, .iteration = 5, .sample = 7};
  EXPECT_EQ(draws(1, base), draws(1, base));
  std::set<std::vector<std::uint32_t>> different{draws(1, base), draws(2, base)};
  for (DrawPosition position : {DrawPosition{Purpose::mirroring, 3, 5, 7},
                                DrawPosition{Purpose::sampling, 4, 5, 7},
                                DrawPosition{Purpose::sampling, 3, 6, 7},
                                DrawPosition{Purpose::sampling, 3, 5, 8}}) {
    different.insert(draws(1, position));
  }
  EXPECT_EQ(different.size(), 6U);
}

TEST(RandomStream, KeepsItsSequenceForEver) {
  // Results of published studies hang on these numbers.
  RandomStream random(42, {.purpose = Purpose::sampling, .epoch = 1, .iteration = 2, .sample = 3});
  RandomStream again(42, {.purpose = Purpose::sampling, .epoch = 1, .iteration = 2, .sample = 3});
  EXPECT_EQ(random.bits(), again.bits());
  RandomStream zero(0, {.purpose = Purpose::weights});
  // Philox4x32-10 of counter 0 and key 0: the known answer of Random123's kat_vectors.
  EXPECT_EQ(zero.bits(), 0x6627e8d5U);
  EXPECT_EQ(zero.bits(), 0xe169c58dU);
  EXPECT_EQ(zero.bits(), 0xbc57ac4cU);
  EXPECT_EQ(zero.bits(), 0x9b00dbd8U);
}

// Many at once are drawn by code of their own.
TEST(RandomStream, DrawsTheSameBitsManyAtOnceAsOneByOne) {
  for (const std::size_t before : {0, 1, 3, 4, 70}) {
    for (const std::size_t count : {0, 1, 2, 5, 64, 67, 200, 1001}) {
      RandomStream one_by_one(11, {.purpose = Purpose::augment_noise, .epoch = 2, .sample = 9});
      for (std::size_t i = 0; i < before; ++i) one_by_one.bits();
      RandomStream at_once = one_by_one;
      std::vector<std::uint32_t> bits(count);
      at_once.bits(bits);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(bits[i], one_by_one.bits()) << before << ' ' << count << ' ' << i;
      }
      EXPECT_EQ(at_once.uniform(), one_by_one.uniform());
    }
  }
}

TEST(RandomStream, UniformAndNormalHaveTheirMoments) {
  RandomStream random(7, {});
  constexpr int kDraws = 200000;
  double uniform_sum = 0;
  double normal_sum = 0;
  double normal_squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    uniform_sum += u;
    const double n = random.normal();
    normal_sum += n;
    normal_squares += n * n;
  }
  EXPECT_NEAR(uniform_sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(normal_sum / kDraws, 0.0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(normal_squares / kDraws, 1.0, 5 * std::sqrt(2.0 / kDraws));
}

TEST(RandomStream, IntegersAreUniformOverTheirRange) {
  RandomStream random(9, {});
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70000; ++i) ++counts[static_cast<std::size_t>(random.integer(7))];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * std::sqrt(10000 * 6.0 / 7));
}

}  // namespace
}  // namespace regionwise

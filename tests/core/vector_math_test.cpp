#include "core/vector_math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/random.hpp"

namespace regionwise {
namespace {

constexpr int kDraws = 100000;

TEST(VectorMath, Log2IsTheLogarithm) {
  RandomStream random(1, {});
  for (int i = 0; i < kDraws; ++i) {
    const auto x = static_cast<float>(std::exp2(random.uniform(-126, 127)));
    const double expected = std::log2(static_cast<double>(x));
    ASSERT_NEAR(vector_math::log2(x), expected, 1e-7 * std::max(1.0, std::abs(expected))) << x;
  }
  EXPECT_EQ(vector_math::log2(1), 0);
  EXPECT_EQ(vector_math::log2(0x1p-126F), -126);
}

// Of what lies just below 1 only the difference from 1 counts.
TEST(VectorMath, Log2KeepsItsPrecisionNearOne) {
  for (const float difference : {0x1p-24F, 0x1p-20F, 0x1p-12F, 0.01F, 0.1F}) {
    const float x = 1 - difference;
    const double expected = std::log2(static_cast<double>(x));
    EXPECT_NEAR(vector_math::log2(x) / expected, 1, 2e-7) << difference;
  }
}

TEST(VectorMath, Exp2IsThePowerOfTwo) {
  RandomStream random(2, {});
  for (int i = 0; i < kDraws; ++i) {
    const auto x = static_cast<float>(random.uniform(-126, 127));
    ASSERT_NEAR(vector_math::exp2(x) / std::exp2(static_cast<double>(x)), 1, 2e-7) << x;
  }
  EXPECT_EQ(vector_math::exp2(0), 1);
  EXPECT_EQ(vector_math::exp2(-1000), 0x1p-126F);
  EXPECT_EQ(vector_math::exp2(1000), 0x1p127F);
}

TEST(VectorMath, PowerIsThatOfTheLibrary) {
  RandomStream random(3, {});
  for (int i = 0; i < kDraws; ++i) {
    const auto x = static_cast<float>(random.uniform());
    const auto exponent = static_cast<float>(random.uniform(0.01, 3));
    const double expected = std::pow(static_cast<double>(x), static_cast<double>(exponent));
    ASSERT_NEAR(vector_math::power(x, exponent), expected, 5e-7) << x << ' ' << exponent;
  }
  EXPECT_EQ(vector_math::power(0, 0.01F), 0);
  EXPECT_EQ(vector_math::power(1, 0.7F), 1);
}

TEST(VectorMath, SineAndCosineAreThoseOfTheAngle) {
  const auto check = [](std::uint32_t turns) {
    const double angle = static_cast<double>(turns) * (2 * std::numbers::pi * 0x1p-32);
    const auto [sine, cosine] = vector_math::sine_cosine(turns);
    ASSERT_NEAR(sine, std::sin(angle), 1e-7) << turns;
    ASSERT_NEAR(cosine, std::cos(angle), 1e-7) << turns;
  };
  RandomStream random(4, {});
  for (int i = 0; i < kDraws; ++i) check(random.bits());
  for (std::uint32_t eighth = 0; eighth < 8; ++eighth) {
    for (const std::uint32_t beside : {-1, 0, 1}) check((eighth << 29) + beside);
  }
}

}  // namespace
}  // namespace regionwise

#include "training/intensity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace regionwise::training {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 15, 16, 17, 1023, 1024, 1025, 5000};

std::vector<float> noise(std::size_t size, double mean) {
  RandomStream random(size, {});
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(mean + random.normal());
  return values;
}

TEST(ChannelStatistics, AreThoseOfTheirDefinitions) {
  for (const std::size_t size : kSizes) {
    for (const double offset : {0.0, -1000.0}) {
      const std::vector<float> values = noise(size, offset);
      double mean = 0;
      for (const float value : values) mean += value / static_cast<double>(size);
      double variance = 0;
      for (const float value : values) {
        variance += (value - mean) * (value - mean) / static_cast<double>(size);
      }
      const ChannelStatistics found = channel_statistics(values);
      EXPECT_NEAR(found.mean, mean, 1e-9) << size;
      EXPECT_NEAR(found.sd, std::sqrt(variance), 1e-7) << size;
      EXPECT_EQ(found.range.low, *std::ranges::min_element(values));
      EXPECT_EQ(found.range.high, *std::ranges::max_element(values));
    }
  }
}

// The gamma steps divide by it.
TEST(ChannelStatistics, HaveNoDeviationWhereAllValuesAreEqual) {
  for (const std::size_t size : kSizes) {
    const ChannelStatistics found = channel_statistics(std::vector<float>(size, 1234.567F));
    EXPECT_EQ(found.sd, 0) << size;
    EXPECT_EQ(found.mean, static_cast<double>(1234.567F)) << size;
  }
}

TEST(AddNormal, IsBoxAndMullersMethodOnTheStreamsNumbers) {
  for (const std::size_t size : kSizes) {
    RandomStream random(5, {});
    RandomStream same = random;
    std::vector<float> values(size, 2);
    add_normal(values, 0.5F, random);
    for (std::size_t i = 0; i < size; i += 2) {
      const double uniform = (same.bits() + 1.0) * 0x1p-32;
      const double angle = same.bits() * (2 * std::numbers::pi * 0x1p-32);
      const double radius = 0.5 * std::sqrt(-2 * std::log(uniform));
      // The radius near 0 hangs on the uniform number's rounding to float32.
      ASSERT_NEAR(values[i], 2 + radius * std::cos(angle), 4e-4) << size << ' ' << i;
      if (i + 1 < size) {
        ASSERT_NEAR(values[i + 1], 2 + radius * std::sin(angle), 4e-4) << size << ' ' << i;
      }
    }
    EXPECT_EQ(random.bits(), same.bits()) << size;
  }
}

}  // namespace
}  // namespace regionwise::training

#include "geometry/gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace regionwise::geometry {
namespace {

TEST(GaussianTaps, SumToOneOverBothHalves) {
  for (const double sigma : {0.5, 1.0, 7.3}) {
    const auto taps = gaussian_taps(sigma);
    EXPECT_EQ(taps.size(), static_cast<std::size_t>(4 * sigma + 0.5) + 1) << sigma;
    EXPECT_NEAR(2 * std::accumulate(taps.begin(), taps.end(), 0.0) - taps[0], 1, 1e-14) << sigma;
    EXPECT_NEAR(taps[1] / taps[0], std::exp(-0.5 / (sigma * sigma)), 1e-15) << sigma;
  }
}

}  // namespace
}  // namespace regionwise::geometry

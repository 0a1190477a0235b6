#include "inference/sign_recorder.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.hpp"
#include "maps/gradient.hpp"

namespace regionwise::inference {
namespace {

/// A softmax vector of K classes.
std::vector<double> draw_softmax(RandomStream& random, std::size_t classes) {
  std::vector<double> y(classes);
  double sum = 0;
  for (double& one : y) sum += one = 0.001 + random.uniform();
  for (double& one : y) one /= sum;
  return y;
}

TEST(SignRecorder, CountsTheNegativeEntriesOfEquation2) {
  RandomStream random(5, {.purpose = Purpose::test});
  std::vector<int> seen(7, 0);
  for (int i = 0; i < 2000; ++i) {
    const auto classes = static_cast<std::size_t>(2 + i % 5);
    const std::vector<double> y = draw_softmax(random, classes);
    std::vector<double> z(classes);
    for (double& one : z) one = 20 * random.uniform() - 10;
    // As tensors lie in memory: the classes of a pixel are a whole slice apart.
    constexpr std::size_t kStep = 3;
    std::vector<float> strided_y(classes * kStep);
    std::vector<double> strided_z(classes * kStep);
    for (std::size_t k = 0; k < classes; ++k) {
      strided_y[k * kStep] = static_cast<float>(y[k]);
      strided_z[k * kStep] = z[k];
    }
    std::vector<double> as_float(classes);
    for (std::size_t k = 0; k < classes; ++k) as_float[k] = strided_y[k * kStep];
    std::vector<double> gradient(classes);
    maps::region_wise_gradient(z, as_float, gradient);
    const int counted = negative_entries(
        strided_z.data(), strided_y.data(), static_cast<std::int64_t>(classes), kStep);
    ASSERT_EQ(counted, maps::count_negative(gradient)) << "K = " << classes;
    ++seen[static_cast<std::size_t>(counted)];
  }
  EXPECT_GT(seen[1], 0);
  EXPECT_GT(seen[4], 0);
}

TEST(SignRecorder, OfARectifiedMapExactlyOneIsNegative) {
  RandomStream random(6, {.purpose = Purpose::test});
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> y = draw_softmax(random, 4);
    const std::vector<float> narrow(y.begin(), y.end());
    const std::vector<double> z = {1, 1, -random.uniform(), 1};
    EXPECT_EQ(negative_entries(z.data(), narrow.data(), 4, 1), 1);
  }
}

TEST(SignRecorder, AConstantMapHasNoNegativeEntry) {
  const std::vector<double> z = {0.3, 0.3, 0.3};
  const std::vector<float> y = {0.2F, 0.3F, 0.5F};
  EXPECT_EQ(negative_entries(z.data(), y.data(), 3, 1), 0);
}

}  // namespace
}  // namespace regionwise::inference

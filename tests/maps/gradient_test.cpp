#include "maps/gradient.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>
#include <sstream>

#include "core/error.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using Values = std::vector<double>;

/// Eq. 2 as it is written, in long double.
Values by_equation_2(const Values& z, const Values& y) {
  Values gradient;
  for (std::size_t k = 0; k < z.size(); ++k) {
    long double sum = 0;
    for (std::size_t l = 0; l < z.size(); ++l) {
      if (l != k) sum += static_cast<long double>(y[l]) * (static_cast<long double>(z[k]) - z[l]);
    }
    gradient.push_back(static_cast<double>(y[k] * sum));
  }
  return gradient;
}

RC_GTEST_PROP(RegionWiseGradient, IsEquation2, ()) {
  const auto classes = *testing::uniform<std::size_t>(2, 10);
  Values z(classes);
  Values y(classes);
  for (double& value : z) value = *testing::uniform(-1000, 1000) / 64.0;
  for (double& value : y) value = *testing::uniform(0, 1000);
  y.front() += 1;
  const double sum = std::accumulate(y.begin(), y.end(), 0.0);
  for (double& value : y) value /= sum;
  Values gradient(classes);
  region_wise_gradient(z, y, gradient);
  const Values expected = by_equation_2(z, y);
  double balance = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    RC_ASSERT(std::abs(gradient[k] - expected[k]) <= 1e-12);
    balance += gradient[k];
  }
  RC_ASSERT(std::abs(balance) <= 1e-12);  // a softmax is the same for logits that all rise alike
}

TEST(RegionWiseGradient, IsThatOfThePaper) {
  const Values y(4, 0.25);
  Values gradient(4);
  region_wise_gradient(Values{0, 0, 0, -0.6}, y, gradient);
  EXPECT_DOUBLE_EQ(gradient[0], 0.0375);
  EXPECT_DOUBLE_EQ(gradient[3], -0.1125);
  region_wise_gradient(Values{1, 1, 1, -0.6}, y, gradient);
  EXPECT_DOUBLE_EQ(gradient[1], 0.1);
  EXPECT_DOUBLE_EQ(gradient[3], -0.3);
  EXPECT_EQ(count_negative(gradient), 1);
}

/// By differences of the loss in the logits: the formulas are derivatives of what they say.
TEST(Gradients, AreDerivativesOfTheirLosses) {
  const Values logits = {0.3, -1.2, 0.8};
  const Values z = {12, 4, -3};
  const auto softmax = [](const Values& phi) {
    Values y;
    double sum = 0;
    for (const double value : phi) sum += std::exp(value);
    for (const double value : phi) y.push_back(std::exp(value) / sum);
    return y;
  };
  Values region_wise(3);
  Values cross_entropy(3);
  region_wise_gradient(z, softmax(logits), region_wise);
  cross_entropy_gradient(1, softmax(logits), cross_entropy);
  for (std::size_t k = 0; k < 3; ++k) {
    Values up = logits;
    Values down = logits;
    up[k] += 1e-5;
    down[k] -= 1e-5;
    const Values y_up = softmax(up);
    const Values y_down = softmax(down);
    const double difference = std::inner_product(y_up.begin(), y_up.end(), z.begin(), 0.0) -
                              std::inner_product(y_down.begin(), y_down.end(), z.begin(), 0.0);
    EXPECT_NEAR(region_wise[k], difference / 2e-5, 1e-8);
    EXPECT_NEAR(cross_entropy[k], -(std::log(y_up[1]) - std::log(y_down[1])) / 2e-5, 1e-8);
  }
}

/// Fig. 4: z = 1 − y of the true class 0.
RC_GTEST_PROP(RegionWiseGradient, OfFigure4IsLeastHalfWay, ()) {
  const double y0 = *testing::uniform(0, 1001) / 1000.0;
  const double y1 = (1 - y0) * *testing::uniform(0, 1001) / 1000.0;
  Values gradient(3);
  region_wise_gradient(Values{0, 1, 1}, Values{y0, y1, 1 - y0 - y1}, gradient);
  RC_ASSERT(std::abs(gradient[0] + y0 * (1 - y0)) <= 1e-15);
  RC_ASSERT(gradient[0] >= -0.25 - 1e-15);
}

TEST(TriangularGrid, CoversTheSimplex) {
  const Values grid = triangular_grid(11);
  ASSERT_EQ(grid.size(), 3u * 66);
  for (std::size_t i = 0; i < grid.size(); i += 3) {
    EXPECT_NEAR(grid[i] + grid[i + 1] + grid[i + 2], 1, 1e-15);
  }
  EXPECT_EQ(Values(grid.begin(), grid.begin() + 6), (Values{0, 0, 1, 0, 0.1, 0.9}));
  EXPECT_EQ(Values(grid.end() - 3, grid.end()), (Values{1, 0, 0}));
  EXPECT_THROW(triangular_grid(1), UsageError);
  EXPECT_THROW(triangular_grid(2002), UsageError);
}

TEST(SoftmaxTable, IsReadLineByLine) {
  std::istringstream table("# y1 y2\n0.25\t0.75\n\n1, 0\r\n");
  EXPECT_EQ(read_softmax(table, "t", 2), (Values{0.25, 0.75, 1, 0}));
}

TEST(SoftmaxTable, IsRefusedWithItsLine) {
  const auto message = [](const std::string& text) -> std::string {
    std::istringstream table(text);
    try {
      read_softmax(table, "t", 2);
    } catch (const DataError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message("0.5 0.5\n1 0 0\n"), "t:2: expected 2 probabilities, found 3");
  EXPECT_EQ(message("0.5 0.4\n"), "t:1: the probabilities sum to 0.9, not to 1");
  EXPECT_EQ(message("-1 2\n"), "t:1: \"-1\" is not a probability, 0 to 1");
  EXPECT_EQ(message("a 1\n"), "t:1: \"a\" is not a probability, 0 to 1");
  EXPECT_EQ(message("nan 1\n"), "t:1: \"nan\" is not a probability, 0 to 1");
  EXPECT_EQ(message("# nothing\n"), "t: holds no softmax vector");
}

}  // namespace
}  // namespace regionwise::maps

// How often the permutation test finds a difference where there is none: 5 ± 0.5 % at 0.05.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/random.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise::statistics {
namespace {

constexpr int kDataSets = 40000;  // The standard deviation of a share of 5 % is then 0.11 %.
constexpr int kPatients = 12;

struct Simulation {
  int images = 1;              ///< Of each patient …
  int images_of_odd = images;  ///< … and of every second one.
  double common_sd = 0;        ///< Of the part of a difference that a patient's images share.
  double own_sd = 1;           ///< Of each image's own part.
  bool by_patient = true;
  PermutationOptions test = {};
  /// A draw of variance 1, symmetric about 0, as differences are where nothing tells a from b.
  std::function<double(RandomStream&)> draw = [](RandomStream& random) { return random.normal(); };
};

/// The share of data sets without a difference in which p ≤ 0.05.
double false_alarms(const Simulation& simulation) {
  std::vector<std::string> groups;
  std::vector<int> images;
  for (int p = 0; p < kPatients; ++p) {
    images.push_back(p % 2 == 0 ? simulation.images : simulation.images_of_odd);
    for (int i = 0; i < images.back(); ++i) {
      const int unit = simulation.by_patient ? p : static_cast<int>(groups.size());
      groups.push_back(std::string(1, static_cast<char>('A' + unit)));
    }
  }
  std::vector<double> a(groups.size());
  const std::vector<double> b(groups.size());
  PermutationOptions options = simulation.test;
  int found = 0;
  for (int s = 0; s < kDataSets; ++s) {
    RandomStream random(11, {.purpose = Purpose::test, .iteration = static_cast<std::uint32_t>(s)});
    auto value = a.begin();
    for (const int count : images) {
      const double common = simulation.common_sd * simulation.draw(random);
      for (int image = 0; image < count; ++image) {
        *value++ = common + simulation.own_sd * simulation.draw(random);
      }
    }
    options.seed = static_cast<std::uint64_t>(s);
    found += paired_permutation_test(a, b, groups, options).p_value <= 0.05 ? 1 : 0;
  }
  return found / double{kDataSets};
}

constexpr double kTolerance = 0.005;

// 12 patients have 4096 patterns in pairs: the exact test's level is 102/2048 = 4.98 %. With 199
// draws that of the drawn one is 10/200.
const PermutationOptions kDrawn{.draws = 199, .exact_up_to = 0, .bounds_up_to = 0};

TEST(TypeOneError, IsFivePercentOfIndependentImages) {
  EXPECT_NEAR(false_alarms({}), 0.05, kTolerance);
  EXPECT_NEAR(false_alarms({.test = kDrawn}), 0.05, kTolerance);
  EXPECT_NEAR(false_alarms({.images = 2, .test = kDrawn}), 0.05, kTolerance);
  EXPECT_NEAR(false_alarms({.images = 2, .by_patient = false, .test = kDrawn}), 0.05, kTolerance);
}

TEST(TypeOneError, IsFivePercentByPatientWhereAPatientsImagesAreAlike) {
  EXPECT_NEAR(false_alarms({.images = 2, .common_sd = 1, .own_sd = 0.3}), 0.05, kTolerance);
  EXPECT_NEAR(
      false_alarms({.images = 3, .common_sd = 1, .own_sd = 0.3, .test = kDrawn}), 0.05, kTolerance);
}

TEST(TypeOneError, IsFivePercentByPatientWhereSomeHaveMoreImages) {
  // A patient of five images weighs five times as much in the mean, alike or not.
  EXPECT_NEAR(false_alarms({.images = 1, .images_of_odd = 5, .common_sd = 1, .test = kDrawn}),
              0.05,
              kTolerance);
  EXPECT_NEAR(false_alarms({.images = 1, .images_of_odd = 5, .test = kDrawn}), 0.05, kTolerance);
}

TEST(TypeOneError, IsTooHighByCaseWhereAPatientsImagesAreAlike) {
  const double found = false_alarms(
      {.images = 2, .common_sd = 1, .own_sd = 0.3, .by_patient = false, .test = kDrawn});
  // The variance of the mean is taken to be 1.09 / 2.09 of what it is: P(|N(0,1)| ≥ 1.96 · 0.72).
  EXPECT_NEAR(found, 0.16, 0.015);
}

TEST(TypeOneError, IsFivePercentOfValuesThatAreFarFromNormal) {
  // The difference of two exponential values, to the third power: most are tiny, a few huge.
  const auto heavy = [](RandomStream& random) {
    const double difference = std::log1p(-random.uniform()) - std::log1p(-random.uniform());
    return difference * difference * difference;
  };
  EXPECT_NEAR(
      false_alarms({.images = 2, .common_sd = 1, .own_sd = 0.3, .draw = heavy}), 0.05, kTolerance);
}

}  // namespace
}  // namespace regionwise::statistics

#include "statistics/planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace regionwise::statistics {
namespace {

double sample_variance(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / (n - 1);
}

/// Means over trainings, [patients].
std::vector<double> patient_means(const PilotScores& scores) {
  const auto seeds = static_cast<std::size_t>(scores.seeds);
  std::vector<double> means(scores.values.size() / seeds);
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    means[i / seeds] += scores.values[i] / static_cast<double>(seeds);
  }
  return means;
}

struct SideComponents {
  double seeds = 0;
  double rest = 0;
};

/// Of two or more patients and trainings.
SideComponents side_components(const PilotScores& scores) {
  const auto seeds = static_cast<std::size_t>(scores.seeds);
  const std::vector<double> of_patients = patient_means(scores);
  const std::size_t patients = of_patients.size();
  std::vector<double> of_seeds(seeds);
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    of_seeds[i % seeds] += scores.values[i] / static_cast<double>(patients);
  }
  double mean = 0;
  for (const double one : of_seeds) mean += one / static_cast<double>(seeds);
  double squares = 0;
  for (std::size_t i = 0; i < scores.values.size(); ++i) {
    const double rest = scores.values[i] - of_patients[i / seeds] - of_seeds[i % seeds] + mean;
    squares += rest * rest;
  }
  const double rest = squares / static_cast<double>((patients - 1) * (seeds - 1));
  return {std::max(0.0, sample_variance(of_seeds) - rest / static_cast<double>(patients)), rest};
}

/// The largest level at or below `significance` that the two-sided exact test can have: a multiple
/// of 2/2^patients.
double attainable_level(std::int64_t patients, double significance) {
  if (patients > 50) return significance;
  const double pairs = std::ldexp(1.0, static_cast<int>(patients) - 1);
  return std::floor(significance * pairs * (1 + 1e-12)) / pairs;
}

void require_finite(const VarianceComponents& components) {
  if (std::isfinite(components.patients + components.seeds + components.rest)) return;
  throw DataError("the values are too large for a plan: their variance is not finite");
}

/// P(|T| > bound) of a noncentral t.
double beyond(double bound, double freedom, double shift) {
  // The chance that so large a shift is missed has vanished, where the series is slowest.
  if (shift > 10 + 5 * bound) return 1;
  if (shift == 0) {
    return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), bound));
  }
  const boost::math::non_central_t t(freedom, shift);
  return boost::math::cdf(boost::math::complement(t, bound)) + boost::math::cdf(t, -bound);
}

}  // namespace

VarianceComponents variance_components(const PilotScores& a, const PilotScores& b) {
  const std::vector<double> of_a = patient_means(a);
  const std::vector<double> of_b = patient_means(b);
  assert(of_a.size() == of_b.size());
  if (of_a.size() < 2) {
    throw DataError(
        fmt::format("{} patient(s) with values on both sides: a plan needs 2 or more, to see how "
                    "they vary",
                    of_a.size()));
  }
  std::vector<double> differences;
  for (std::size_t i = 0; i < of_a.size(); ++i) differences.push_back(of_a[i] - of_b[i]);
  VarianceComponents components{.patients = sample_variance(differences)};
  require_finite(components);
  components.seeds_known = a.seeds > 1 && b.seeds > 1;
  if (!components.seeds_known) return components;
  const SideComponents in_a = side_components(a);
  const SideComponents in_b = side_components(b);
  components.seeds = in_a.seeds + in_b.seeds;
  components.rest = in_a.rest + in_b.rest;
  require_finite(components);
  components.patients = std::max(0.0,
                                 components.patients - in_a.rest / static_cast<double>(a.seeds) -
                                     in_b.rest / static_cast<double>(b.seeds));
  return components;
}

PlannedPower planned_power(const VarianceComponents& components,
                           std::int64_t patients,
                           std::int64_t seeds,
                           double difference,
                           double significance) {
  assert(patients >= 2 && seeds >= 1);
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const double unless_known = components.seeds_known ? 0 : kUnknown;
  PlannedPower planned{unless_known, 0, unless_known};
  const double level = attainable_level(patients, significance);
  if (level == 0) return planned;
  const auto n = static_cast<double>(patients);
  const auto s = static_cast<double>(seeds);
  const double of_patients = std::sqrt((components.patients + components.rest / s) / n);
  const double of_all = std::hypot(of_patients, std::sqrt(components.seeds / s));
  if (of_all == 0) {  // All patients show the same difference, or none.
    planned.permutation_power = 1;
    if (components.seeds_known) planned.power = 1;
    return planned;
  }
  const double freedom = n - 1;
  const double bound =
      boost::math::quantile(boost::math::complement(boost::math::students_t(freedom), level / 2));
  const double shift = std::abs(difference) / of_all;
  // The permutation test's standard error is that of the patients alone.
  const double bound_of_permutations = bound * of_patients / of_all;
  planned.permutation_power = beyond(bound_of_permutations, freedom, shift);
  if (!components.seeds_known) return planned;
  planned.power = beyond(bound, freedom, shift);
  planned.false_alarm = beyond(bound_of_permutations, freedom, 0);
  return planned;
}

std::optional<std::int64_t> patients_needed(const VarianceComponents& components,
                                            std::int64_t seeds,
                                            double difference,
                                            double significance,
                                            double power,
                                            double PlannedPower::*kind) {
  const auto suffice = [&](std::int64_t patients) {
    return planned_power(components, patients, seeds, difference, significance).*kind >= power;
  };
  if (!suffice(kMostPlannedPatients)) return std::nullopt;
  std::int64_t too_few = 1;
  std::int64_t enough = kMostPlannedPatients;
  while (enough - too_few > 1) {
    const std::int64_t middle = too_few + (enough - too_few) / 2;
    (suffice(middle) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace regionwise::statistics

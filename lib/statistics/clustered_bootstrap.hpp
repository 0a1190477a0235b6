#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "statistics/distribution.hpp"

namespace regionwise::statistics {

struct BootstrapOptions {
  std::int64_t resamples = 10000;  ///< 0: no intervals; else 100 to 2^32 − 1.
  double confidence = 0.95;        ///< In (0, 1).
  std::uint64_t seed = 0;
  int threads = 1;
  void check() const;  ///< UsageError
};

/// Fewer groups have too few distinct resamples (5 have 126) for an interval.
inline constexpr std::int64_t kLeastBootstrapGroups = 5;

/// How large a paired difference is. NaN where undefined.
struct ClusteredEffect {
  std::int64_t groups = 0;
  double difference = kUnknown;  ///< Mean of a − b over pairs, as the permutation test's.
  Interval difference_interval{kUnknown, kUnknown};
  /// `difference` / sd over groups (n − 1) of each group's mean of a − b: Cohen's d of paired
  /// values, with the group as unit. Undefined for one group, and where all groups' means are
  /// equal (the sd is at most 1e-12 of the mean magnitude of the values).
  double effect = kUnknown;
  Interval effect_interval{kUnknown, kUnknown};

  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
};

/// Paired mean difference and standardised effect size with bootstrap intervals; a, b and groups as
/// in paired_permutation_test (pairs with a NaN are left out, values are finite). Whole groups are
/// drawn with replacement, so that pairs of a group may depend on each other in any way. Intervals
/// are BCa (bias-corrected and accelerated), with the jackknife over groups; NaN for fewer than
/// kLeastBootstrapGroups groups. They take order statistics outwards: no interpolation. With few
/// groups they are too narrow, as every bootstrap's: docs/statistics.md has measured coverage.
/// Resample r is a function of (seed, r): neither threads nor the order of pairs matter (beyond
/// rounding).
///
/// Efron, Better Bootstrap Confidence Intervals, JASA 1987; Davison and Hinkley 1997, section 3.8
/// (resampling whole clusters).
ClusteredEffect clustered_effect(std::span<const double> a,
                                 std::span<const double> b,
                                 std::span<const std::string> groups,
                                 const BootstrapOptions& options);

}  // namespace regionwise::statistics

#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "statistics/sign_grid.hpp"

namespace regionwise::statistics {

/// Sums that differ by less than this times the magnitudes added are equal but for rounding.
inline constexpr double kTieTolerance = 1e-12;

struct PermutationOptions {
  std::int64_t draws = 10000;
  std::uint64_t seed = 0;
  /// All 2^G sign patterns are enumerated where the number of groups G is at most this.
  int exact_up_to = 20;  ///< 0 to 30; 0: always drawn.
  /// Where patterns are drawn, the p of all 2^G is bounded beside it for up to so many groups.
  int bounds_up_to = kMostGridValues;  ///< 0 to 1000; 0: never.
  int threads = 1;
  void check() const;  ///< UsageError
};

struct PermutationResult {
  std::int64_t pairs = 0;      ///< Pairs with both values defined.
  std::int64_t dropped = 0;    ///< Pairs with a NaN on either side.
  std::int64_t groups = 0;     ///< Units whose signs are flipped together.
  double mean_difference = 0;  ///< mean(a − b); NaN with no pair left.
  double p_value = 1;          ///< Two-sided.
  bool exact = false;          ///< Enumerated: p = (patterns at least as extreme) / 2^G.
  std::int64_t draws = 0;      ///< Patterns looked at; Monte Carlo: p = (b+1)/(draws+1).
  /// The p of all 2^G patterns: enumerated, or between bounds that it cannot lie outside (see
  /// tail_on_grid). NaN where neither was done.
  BoundedProbability all_patterns{.value = kUnknown, .low = kUnknown, .high = kUnknown};

  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
};

/// Paired permutation test of the mean difference of a and b (same length), two-sided: under the
/// null hypothesis the sign of each group's differences is exchangeable. `groups[i]` names the unit
/// (patient) of pair i; units are flipped whole. Ties count as extreme within 1e-12 of the sum of
/// the magnitudes compared, Σ|a| + |b|, so that differences which are mere rounding tie with 0.
/// Patterns are drawn as SignPatterns says. Depends neither on thread count nor on the order of the
/// pairs (beyond rounding). An infinite value is a DataError; with no pair left p = 1.
///
/// Phipson and Smyth 2010 for (b+1)/(draws+1); exact p-values count the observed pattern itself.
PermutationResult paired_permutation_test(std::span<const double> a,
                                          std::span<const double> b,
                                          std::span<const std::string> groups,
                                          const PermutationOptions& options);

}  // namespace regionwise::statistics

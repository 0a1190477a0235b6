#pragma once

#include <cstdint>
#include <span>

#include "statistics/distribution.hpp"

namespace regionwise::statistics {

struct KolmogorovSmirnov {
  double distance =
      0;  ///< Largest distance of the two empirical distribution functions, in [0, 1].
  double p_value = 1;
};

/// Two-sample Kolmogorov–Smirnov test, two-sided: do two samples come from one distribution? What
/// is exchanged are the samples' labels, each of the (m+n choose m) ways being equally likely; p is
/// the exact share of ways with a distance at least that observed, by counting lattice paths
/// (Hodges 1958), which are asked only where a run of tied values ends (Schröer and Trenkler 1995).
/// Distances are compared as whole numbers, and p is summed upwards: it is exact but for rounding,
/// however small. Time m n. Samples have at least one value each; NaN is a DataError, infinities
/// are ordered.
KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> a, std::span<const double> b);

/// Two shares: `a` of `of_a` against `b` of `of_b`.
struct TwoShares {
  std::int64_t a = 0;
  std::int64_t of_a = 1;
  std::int64_t b = 0;
  std::int64_t of_b = 1;
};

/// Fisher's exact test, two-sided: given the sum a + b, the probability of all divisions of it that
/// are at most as likely as that observed (ties within 1e-7 relative count, as in R). 1 ≤ of_x.
double fisher_exact(const TwoShares& shares);

/// Interval of the difference a/of_a − b/of_b from the Wilson intervals of the two shares.
/// Newcombe, Interval estimation for the difference between independent proportions, Stat Med 1998,
/// method 10. `confidence` in (0,1), else UsageError.
Interval newcombe(const TwoShares& shares, double confidence);

}  // namespace regionwise::statistics

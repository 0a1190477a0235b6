#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace regionwise::statistics {

/// A step of an empirical distribution function with its simultaneous confidence band.
struct DistributionStep {
  double value = 0;     ///< d
  double fraction = 0;  ///< Share of the sample ≤ d (Eq. 8 of Valverde and Tohka).
  double lower = 0;     ///< Dvoretzky–Kiefer–Wolfowitz band with Massart's constant,
  double upper = 1;     ///< clipped to [0, 1].
};

/// One step per distinct value, ascending. `confidence` in (0,1), such as 0.95. NaN values are a
/// DataError (a run without a result is a failure that the caller must count, not drop).
std::vector<DistributionStep> empirical_distribution(std::span<const double> sample,
                                                     double confidence);

/// Half-width of the band: sqrt(ln(2/(1−confidence)) / (2n)).
double dkw_half_width(std::int64_t n, double confidence);

struct Interval {
  double lower = 0;
  double upper = 1;
};

/// Clopper–Pearson interval of a proportion, two-sided.
Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence);

/// The value below which a share `p` in [0, 1] of the sample lies: linear between order statistics,
/// the lowest at 0 and the highest at 1 (Hyndman and Fan 1996, type 7). NaN for an empty sample.
/// Values that are NaN are a DataError.
double quantile(std::span<const double> sample, double p);

struct Summary {
  std::int64_t count = 0;    ///< Values that are not NaN.
  std::int64_t missing = 0;  ///< NaNs.
  double mean = 0;           ///< NaN if count is 0.
  double sd = 0;             ///< Sample standard deviation (n−1); NaN if count < 2.
};
Summary summarise(std::span<const double> values);

}  // namespace regionwise::statistics

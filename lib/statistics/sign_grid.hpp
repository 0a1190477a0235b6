#pragma once

#include <span>

namespace regionwise::statistics {

/// Most values that `tail_on_grid` takes: beyond, the smallest probabilities underflow and rounding
/// to the grid costs more than drawing does.
inline constexpr int kMostGridValues = 1000;

/// A probability and bounds that it cannot lie outside.
struct BoundedProbability {
  double value = 1;  ///< That of the rounded values; low ≤ value ≤ high.
  double low = 1;
  double high = 1;
};

/// P(|Σ ± values| ≥ |Σ values| − tolerance) over all 2^n patterns of signs, of 1 to kMostGridValues
/// finite values. They are rounded to multiples of a grid width δ, the distribution of whose sums
/// is found exactly by dynamic programming (Pagano and Tritchler 1983). Rounding moves no sum by
/// more than E = Σ |value − rounded|, so that counting the rounded sums with the bound raised and
/// lowered by E gives `high` and `low`. Decimals of few digits lie on a grid themselves: then E is
/// within the tolerance and low = value = high. Else δ is Σ|value| / 2^18: for 100 normal values E
/// is about a thousandth of the sum's standard deviation.
BoundedProbability tail_on_grid(std::span<const double> values, double tolerance);

}  // namespace regionwise::statistics

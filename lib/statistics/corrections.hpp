#pragma once

#include <span>
#include <vector>

namespace regionwise::statistics {

/// p-values adjusted for the number of tests made: a test is significant at level α after the
/// correction where its adjusted p is. Each is in [p, 1], in the order given, and keeps the order
/// of the p-values it comes from. An undefined p (NaN) is no test: it stays NaN and is not counted.

/// Holm's step-down Bonferroni: of the tests called significant at α, the chance that any is false
/// is at most α, however the tests depend on each other. Holm 1979.
std::vector<double> holm(std::span<const double> p_values);

/// The expected share of false ones among those called significant at α is at most α, for tests
/// that are independent or positively dependent. Benjamini and Hochberg 1995; Benjamini and
/// Yekutieli 2001 for the dependence.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace regionwise::statistics

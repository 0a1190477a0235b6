#pragma once

#include <vector>

namespace regionwise::geometry {

/// One half of a Gaussian filter, symmetric, of `sigma` pixels: the tap of the centre, then those
/// of 1, 2 … trunc(4 sigma + 0.5) pixels beside it. Both halves together sum to 1 (as SciPy's
/// gaussian_filter, truncate 4).
std::vector<double> gaussian_taps(double sigma);

}  // namespace regionwise::geometry

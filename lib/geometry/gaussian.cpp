#include "geometry/gaussian.hpp"

#include <cmath>

namespace regionwise::geometry {

std::vector<double> gaussian_taps(double sigma) {
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): as SciPy rounds it.
  const auto radius = static_cast<int>(4 * sigma + 0.5);
  std::vector<double> taps;
  double sum = 0;
  for (int i = 0; i <= radius; ++i) {
    taps.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
    sum += i == 0 ? taps.back() : 2 * taps.back();
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

}  // namespace regionwise::geometry

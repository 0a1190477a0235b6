#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "sources/phantom_heart.hpp"

namespace regionwise::sources {

/// Smooth noise of about unit deviation: random numbers on a lattice under a quadratic B-spline,
/// which shows no trace of the lattice's axes.
class Texture {
 public:
  /// Over a square of `extent_mm` about the slice's centre.
  Texture(RandomStream random, double cell_mm, double extent_mm);

  double at(const Point& p) const;

 private:
  struct Knot {
    std::size_t first;
    std::array<double, 3> weights;
  };
  Knot knot(double mm) const;

  double cell_;
  double half_;
  std::int64_t n_;
  std::vector<double> lattice_;
};

}  // namespace regionwise::sources

#pragma once

#include <vector>

#include "geometry/bit_mask.hpp"
#include "geometry/nearest_site.hpp"

namespace regionwise::geometry {

/// From each voxel of `from` to the nearest site, mm, C order. Searches for the sites, or
/// transforms the whole block where that is less work. The same result on any number of threads.
std::vector<double> distances_mm(const BitMask& from, const NearestSite& to, int threads = 1);

/// The largest of them, or `at_least` where that is larger; faster than all of them.
double farthest_mm(const BitMask& from, const NearestSite& to, double at_least, int threads = 1);

}  // namespace regionwise::geometry

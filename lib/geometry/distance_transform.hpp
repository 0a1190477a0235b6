#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Where no site is within reach; larger than every squared distance. T: whole numbers for squared
/// voxels, double for mm².
template <class T>
constexpr T no_site() {
  if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::max();
  return std::numeric_limits<T>::infinity();
}

/// Squared distance where no voxel of the mask exists.
inline constexpr std::int64_t kNoSite = no_site<std::int64_t>();

/// Exact squared Euclidean distance, in voxels, from every voxel centre to the nearest voxel of
/// `mask` (non-zero) in the volume: integers, 0 on the mask, kNoSite everywhere if the mask is
/// empty. Depth 1 is the 2-D transform. Lower envelope of parabolas, linear in the number of voxels
/// (Felzenszwalb and Huttenlocher 2012; Meijster et al. 2000 for the integer form).
std::vector<std::int64_t> squared_distances(VolumeView<std::uint8_t> mask);

/// The same in mm² for anisotropic voxels; +infinity everywhere if the mask is empty.
std::vector<double> squared_distances_mm(VolumeView<std::uint8_t> mask, const Spacing3& spacing_mm);

/// Both into memory of the caller, one number per voxel, for those who measure again and again.
void squared_distances(VolumeView<std::uint8_t> mask, std::span<std::int64_t> out);
void squared_distances_mm(VolumeView<std::uint8_t> mask,
                          const Spacing3& spacing_mm,
                          std::span<double> out);

}  // namespace regionwise::geometry

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// Pillow's Image.resize with its bicubic filter (a = -0.5, widened by the factor of reduction, so
/// that shrinking smooths), as the reference's conversion of KiTS19 uses it (spec §6): first along
/// rows, then along columns; an axis that keeps its length is not touched. C order.
///
/// Mode "F": sums in double, each pass rounded to 32 bits.
std::vector<float> pillow_bicubic(std::span<const float> image, Shape2 from, Shape2 to);

/// Mode "L": fixed-point weights, each pass rounded and clipped to 0 … 255. On label maps this
/// makes labels that lie between two neighbours' (spec §6).
std::vector<std::uint8_t> pillow_bicubic(std::span<const std::uint8_t> image,
                                         Shape2 from,
                                         Shape2 to);

/// Pillow's nearest neighbour: index floor(from / to (i + 0.5)) of each axis.
std::vector<std::uint8_t> pillow_nearest(std::span<const std::uint8_t> image,
                                         Shape2 from,
                                         Shape2 to);

}  // namespace regionwise::geometry

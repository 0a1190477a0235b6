#pragma once

#include <cstdint>

#include "core/host_device.hpp"

/// What one thread of the GPU does for a column or a pixel.
namespace regionwise::tensor_maps {

/// The distance along a column where it has one label only. Its square and that of kLongestSide
/// together fit into 32 bits.
inline constexpr std::int32_t kFar = 30000;
inline constexpr std::int32_t kLongestSide = 16384;

/// Distances along a column to the nearest pixel of another label, kFar where there is none.
/// `labels` and `distances` have `height` entries, `step` apart.
REGIONWISE_HOST_DEVICE inline void scan_column(const std::int8_t* labels,
                                               std::int32_t height,
                                               std::int64_t step,
                                               std::int32_t* distances) {
  std::int32_t distance = kFar;
  for (std::int32_t y = 1; y < height; ++y) {
    distances[(y - 1) * step] = distance;
    const bool changes = labels[y * step] != labels[(y - 1) * step];
    distance = changes ? 1 : (distance < kFar ? distance + 1 : kFar);
  }
  distances[(height - 1) * step] = distance;
  distance = kFar;
  for (std::int32_t y = height - 2; y >= 0; --y) {
    const bool changes = labels[y * step] != labels[(y + 1) * step];
    distance = changes ? 1 : (distance < kFar ? distance + 1 : kFar);
    if (distance < distances[y * step]) distances[y * step] = distance;
  }
}

/// The squared distance from pixel x of a row to the nearest pixel of the image that has another
/// label; kFar² or more where there is none. `columns` are the row's distances of scan_column: a
/// column whose pixel in this row has another label is 0 away along itself.
REGIONWISE_HOST_DEVICE inline std::int32_t search_row(const std::int8_t* labels,
                                                      const std::int32_t* columns,
                                                      std::int32_t width,
                                                      std::int32_t x) {
  const std::int8_t own = labels[x];
  std::int32_t nearest = columns[x] * columns[x];
  const std::int32_t farthest = x > width - 1 - x ? x : width - 1 - x;
  for (std::int32_t d = 1; d <= farthest && d * d < nearest; ++d) {
    if (x - d >= 0) {
      const std::int32_t along = labels[x - d] == own ? columns[x - d] : 0;
      if (along * along + d * d < nearest) nearest = along * along + d * d;
    }
    if (x + d < width) {
      const std::int32_t along = labels[x + d] == own ? columns[x + d] : 0;
      if (along * along + d * d < nearest) nearest = along * along + d * d;
    }
  }
  return nearest;
}

}  // namespace regionwise::tensor_maps

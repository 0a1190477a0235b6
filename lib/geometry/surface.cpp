#include "geometry/surface.hpp"

namespace regionwise::geometry {

BitMask surface_voxels(const BitMask& mask, bool volume, std::int64_t margin) {
  BitMask surface(mask.shape(), margin);
  surface.rows.reserve(mask.rows.size());
  const std::int64_t line = mask.row_stride();
  const std::int64_t slice = volume ? mask.slice_stride() : 0;  // 0: the row itself, no neighbour.
  for (const auto& [z, y] : mask.rows) {
    const std::uint64_t* in = mask.row(z, y);
    std::uint64_t* out = surface.row(z, y);
    std::uint64_t any = 0;
    // The words before and after a row are background.
    for (std::int64_t i = 0; i < mask.row_words(); ++i) {
      const std::uint64_t* at = in + i;
      const std::uint64_t left = (at[0] << 1) | (at[-1] >> 63);
      const std::uint64_t right = (at[0] >> 1) | (at[1] << 63);
      const std::uint64_t inner = left & right & at[-line] & at[line] & at[-slice] & at[slice];
      out[i] = at[0] & ~inner;
      any |= out[i];
    }
    if (any != 0) surface.rows.push_back({z, y});
  }
  return surface;
}

}  // namespace regionwise::geometry

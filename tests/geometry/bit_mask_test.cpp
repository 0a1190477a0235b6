#include "geometry/bit_mask.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

bool same_rows(const PackedRows& a, const PackedRows& b) {
  return std::ranges::equal(
      a.rows, b.rows, [](const BitMask::Row& left, const BitMask::Row& right) {
        return left.z == right.z && left.y == right.y;
      });
}

RC_GTEST_PROP(PackRows, IsTheSameOnAnyNumberOfThreads, ()) {
  const auto shape = *rc::gen::oneOf(testing::any_shape(6, 9), testing::any_shape(2, 150));
  const Volume<std::uint8_t> volume = testing::any_mask(shape);
  const Inside inside{.value = 1, .equal = *rc::gen::arbitrary<bool>()};
  const PackedRows alone = pack_rows(volume.view(), inside);
  for (const int threads : {2, 3, 7}) {  // also more than there are rows
    const PackedRows packed = pack_rows(volume.view(), inside, threads);
    RC_ASSERT(packed.row_words == alone.row_words);
    RC_ASSERT(same_rows(packed, alone));
    RC_ASSERT(packed.words == alone.words);
    RC_ASSERT(packed.box == alone.box);
  }
}

RC_GTEST_PROP(PackRows, HoldsAllVoxelsInside, ()) {
  const Volume<std::uint8_t> volume = testing::any_mask(*testing::any_shape(3, 80));
  const PackedRows packed = pack_rows(volume.view(), {}, 2);
  const BitMask mask = cut(packed, {{}, volume.shape});
  for (std::int64_t z = 0, i = 0; z < volume.shape.depth; ++z) {
    for (std::int64_t y = 0; y < volume.shape.height; ++y) {
      for (std::int64_t x = 0; x < volume.shape.width; ++x, ++i) {
        const bool inside = (mask.row(z, y)[x / 64] >> (x % 64) & 1U) != 0;
        RC_ASSERT(inside == (volume.values[static_cast<std::size_t>(i)] != 0));
      }
    }
  }
}

}  // namespace
}  // namespace regionwise::geometry

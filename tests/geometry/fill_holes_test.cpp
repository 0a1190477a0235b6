#include "geometry/fill_holes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

/// The definition: spreads from the border until nothing changes.
Volume<std::uint8_t> brute_force(const Volume<std::uint8_t>& mask) {
  const auto [depth, height, width] = mask.shape;
  Volume<std::uint8_t> outside(mask.shape);
  const auto reached = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
    const bool beyond = z < 0 || y < 0 || x < 0 || z == depth || y == height || x == width;
    return beyond || outside.at(z, y, x) != 0;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::int64_t z = 0; z < depth; ++z) {
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
          if (mask.at(z, y, x) != 0 || outside.at(z, y, x) != 0) continue;
          if (!(reached(z - 1, y, x) || reached(z + 1, y, x) || reached(z, y - 1, x) ||
                reached(z, y + 1, x) || reached(z, y, x - 1) || reached(z, y, x + 1))) {
            continue;
          }
          outside.at(z, y, x) = 1;
          changed = true;
        }
      }
    }
  }
  Volume<std::uint8_t> filled = mask;
  for (std::size_t i = 0; i < filled.values.size(); ++i) {
    if (mask.values[i] == 0 && outside.values[i] == 0) filled.values[i] = 1;
  }
  return filled;
}

RC_GTEST_PROP(FillHoles, EqualsBruteForce, ()) {
  Volume<std::uint8_t> mask(*testing::any_shape(9, 9));
  // About where background begins to be cut off: mazes, cavities and tunnels.
  const auto zeros = *testing::uniform<std::size_t>(15, 50);
  mask.values = *rc::gen::container<std::vector<std::uint8_t>>(
      mask.values.size(), rc::gen::weightedElement<std::uint8_t>({{100 - zeros, 1}, {zeros, 0}}));
  const Volume<std::uint8_t> expected = brute_force(mask);
  fill_holes(mask);
  RC_ASSERT(mask.values == expected.values);
}

TEST(FillHoles, FillsACavityButNotAnOpenOne) {
  Volume<std::uint8_t> closed({3, 3, 3}, 1);
  closed.at(1, 1, 1) = 0;
  Volume<std::uint8_t> open = closed;
  open.at(1, 1, 2) = 0;
  const Volume<std::uint8_t> before = open;
  fill_holes(closed);
  fill_holes(open);
  EXPECT_EQ(closed.values, std::vector<std::uint8_t>(27, 1));
  EXPECT_EQ(open.values, before.values);
}

TEST(FillHoles, PassesFacesOnlyNotEdges) {
  Volume<std::uint8_t> mask({3, 4, 4}, 1);
  mask.at(1, 1, 1) = 0;
  mask.at(1, 2, 2) = 0;  // shares an edge with the one above
  mask.at(1, 2, 3) = 0;  // and is open to the border
  fill_holes(mask);
  EXPECT_EQ(mask.at(1, 1, 1), 1);
  EXPECT_EQ(mask.at(1, 2, 2), 0);
}

TEST(FillHoles, KeepsOtherValuesOfTheMask) {
  Volume<std::uint8_t> mask({3, 3, 3}, 255);
  mask.at(1, 1, 1) = 0;
  fill_holes(mask);
  EXPECT_EQ(mask.at(1, 1, 1), 1);
  EXPECT_EQ(mask.at(0, 0, 0), 255);
}

}  // namespace
}  // namespace regionwise::geometry

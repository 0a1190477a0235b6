#include "geometry/pillow_resize.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

using testing::any_slice_shape;
using Bytes = std::vector<std::uint8_t>;

Bytes any_bytes(const Shape2& shape) {
  return *rc::gen::container<Bytes>(static_cast<std::size_t>(shape.size()),
                                    rc::gen::arbitrary<std::uint8_t>());
}

RC_GTEST_PROP(PillowResize, ReturnsTheInputWhereTheShapeIsKept, ()) {
  const Shape2 shape = any_slice_shape(1, 39);
  const Bytes in = any_bytes(shape);
  RC_ASSERT(pillow_bicubic(in, shape, shape) == in);
  RC_ASSERT(pillow_nearest(in, shape, shape) == in);
}

RC_GTEST_PROP(PillowResize, KeepsAConstantImage, ()) {
  const Shape2 from = any_slice_shape(1, 39);
  const Shape2 to = any_slice_shape(1, 39);
  const auto value = *rc::gen::arbitrary<std::uint8_t>();
  const Bytes in(static_cast<std::size_t>(from.size()), value);
  const Bytes expected(static_cast<std::size_t>(to.size()), value);
  RC_ASSERT(pillow_bicubic(in, from, to) == expected);
  RC_ASSERT(pillow_nearest(in, from, to) == expected);
}

RC_GTEST_PROP(PillowResize, BytesAndFloatsAgreeButForRounding, ()) {
  const Shape2 from = any_slice_shape(1, 39);
  const Shape2 to = any_slice_shape(1, 39);
  Bytes in = any_bytes(from);
  for (std::uint8_t& value : in) value = static_cast<std::uint8_t>(100 + value / 8);  // no clipping
  const std::vector<float> floats(in.begin(), in.end());
  const Bytes bytes = pillow_bicubic(in, from, to);
  const std::vector<float> expected = pillow_bicubic(floats, from, to);
  // One rounding of ½ before the second pass, whose weights sum to at most 1.5 in size, one after.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    RC_ASSERT(std::abs(static_cast<float>(bytes[i]) - expected[i]) < 1.26F);
  }
}

TEST(PillowResize, MakesLabelsBetweenItsNeighbours) {
  const Bytes in = {0, 0, 0, 0, 2, 2, 2, 2};
  EXPECT_EQ(pillow_bicubic(in, {1, 8}, {1, 3}), (Bytes{0, 1, 2}));
}

TEST(PillowResize, ClipsBytes) {
  const Bytes in = {0, 0, 0, 255, 255, 255};
  const Bytes out = pillow_bicubic(in, {1, 6}, {1, 12});
  EXPECT_EQ(out.front(), 0);
  EXPECT_EQ(out.back(), 255);
  EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
}

TEST(PillowResize, NearestTakesThePixelBelowTheCentre) {
  const Bytes in = {10, 11, 12, 13};
  EXPECT_EQ(pillow_nearest(in, {1, 4}, {1, 2}), (Bytes{11, 13}));
  EXPECT_EQ(pillow_nearest(in, {4, 1}, {3, 1}), (Bytes{10, 12, 13}));
  EXPECT_EQ(pillow_nearest(in, {2, 2}, {4, 4}),
            (Bytes{10, 10, 11, 11, 10, 10, 11, 11, 12, 12, 13, 13, 12, 12, 13, 13}));
}

/// Compares every NAME_HxW of pil_resize with the resized NAME.
template <class T>
void expect_the_references(const std::string& name, double tolerance) {
  const storage::Hdf5Reader file(testing::golden_file("misc.h5"));
  const auto extents = file.extents("pil_resize/" + name);
  const auto in = file.read<T>("pil_resize/" + name);
  int compared = 0;
  for (const std::string& result : file.children("pil_resize")) {
    if (!result.starts_with(name + "_")) continue;
    const auto to = file.extents("pil_resize/" + result);
    const auto expected = file.read<T>("pil_resize/" + result);
    const std::vector<T> found = pillow_bicubic(in, {extents[0], extents[1]}, {to[0], to[1]});
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(static_cast<double>(found[i]), static_cast<double>(expected[i]), tolerance) << i;
    }
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST(GoldenPillowResize, FloatsMatchTheReference) {
  expect_the_references<float>("image_f32", 1e-3);
}

TEST(GoldenPillowResize, LabelsAreTheReferences) {
  expect_the_references<std::uint8_t>("label_u8", 0);
}

}  // namespace
}  // namespace regionwise::geometry

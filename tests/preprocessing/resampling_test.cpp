#include "preprocessing/resampling.hpp"
#include "support/property.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numeric>
#include <set>

namespace regionwise::preprocessing {
namespace {

TEST(SeparateAxis, IsTheCoarseOneOfEitherSpacing) {
  const Spacing3 fine{1, 1, 1};
  EXPECT_EQ(separate_axis({10, 1.5, 1.5}, fine), 0U);
  EXPECT_EQ(separate_axis({1, 1, 3.5}, fine), 2U);
  EXPECT_EQ(separate_axis(fine, {1, 4, 1}), 1U);
  EXPECT_EQ(separate_axis({3, 1, 1}, fine), std::nullopt);  // more than three times, not three
  EXPECT_EQ(separate_axis({10, 10, 1}, {10, 1, 1}), std::nullopt);
}

TEST(ResampledShape, RoundsHalfToEven) {
  EXPECT_EQ(resampled_shape({4, 5, 7}, {1, 1, 1}, {1, 2, 2}), (Shape3{4, 2, 4}));
  EXPECT_EQ(resampled_shape({4, 1, 1}, {1, 1, 1}, {1, 9, 9}), (Shape3{4, 1, 1}));
}

TEST(Transposed, PutsAxisOrderIAtI) {
  std::vector<float> volume(24);
  std::iota(volume.begin(), volume.end(), 0.0F);
  const Shape3 shape{2, 3, 4};
  const std::array<std::size_t, 3> order{2, 0, 1};
  EXPECT_EQ(transposed(shape, order), (Shape3{4, 2, 3}));
  const auto result = transposed(std::span<const float>(volume), shape, order);
  EXPECT_EQ(result[1], 4);   // (x 0, z 0, y 1)
  EXPECT_EQ(result[3], 12);  // (x 0, z 1, y 0)
  EXPECT_EQ(result[6], 1);   // (x 1, z 0, y 0)
}

TEST(ResampleLabels, NeverInventsOne) {
  regionwise::testing::check_property([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(1, 12); };
    Volume<Label> labels(Shape3{edge(), edge(), edge()});
    for (Label& value : labels.values) value = *rc::gen::element<Label>(-1, 0, 1, 3, 7);
    const auto axis = *rc::gen::inRange(0, 4);
    const Shape3 target{axis == 0 ? edge() : labels.shape.depth, edge(), edge()};
    const auto separate =
        axis < 3 ? std::optional<std::size_t>(static_cast<std::size_t>(axis)) : std::nullopt;
    if (axis != 0) RC_ASSERT(target.depth == labels.shape.depth);
    const Volume<Label> result = resample_labels(labels, target, separate);
    RC_ASSERT(result.shape == target);
    std::set<Label> known(labels.values.begin(), labels.values.end());
    known.insert(0);
    for (const Label value : result.values) RC_ASSERT(known.contains(value));
  });
}

TEST(ResampleImage, StaysWithinTheRangeOfThePlane) {
  regionwise::testing::check_property([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(2, 9); };
    const Shape3 shape{edge(), edge(), edge()};
    std::vector<float> image(static_cast<std::size_t>(shape.size()));
    for (float& value : image) value = static_cast<float>(*rc::gen::inRange(-100, 100));
    const Shape3 target{shape.depth, edge(), edge()};
    const auto result = resample_image(image, shape, target, 0, geometry::Kernel::catmull_rom);
    const auto plane = static_cast<std::ptrdiff_t>(shape.slice_size());
    const auto resized = static_cast<std::ptrdiff_t>(target.slice_size());
    for (std::ptrdiff_t z = 0; z < shape.depth; ++z) {
      const auto [low, high] =
          std::minmax_element(image.begin() + z * plane, image.begin() + (z + 1) * plane);
      for (std::ptrdiff_t i = z * resized; i < (z + 1) * resized; ++i) {
        RC_ASSERT(result[static_cast<std::size_t>(i)] >= *low);
        RC_ASSERT(result[static_cast<std::size_t>(i)] <= *high);
      }
    }
  });
}

/// A coarse axis within the slices: its planes are resized, and along it the nearest one is taken.
TEST(ResampleImage, TakesTheNearestPlaneAlongACoarseAxisInTheSlice) {
  const Shape3 shape{1, 2, 3};
  const std::vector<float> image{0, 1, 2, 10, 11, 12};
  const auto result = resample_image(image, shape, {1, 4, 3}, 1, geometry::Kernel::catmull_rom);
  EXPECT_EQ(result, (std::vector<float>{0, 1, 2, 0, 1, 2, 10, 11, 12, 10, 11, 12}));
}

}  // namespace
}  // namespace regionwise::preprocessing

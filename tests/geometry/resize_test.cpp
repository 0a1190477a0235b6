#include "geometry/resize.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/random.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

using testing::any_slice_shape;
using testing::noise;

constexpr std::array kKernels = {
    Kernel::nearest, Kernel::linear, Kernel::catmull_rom, Kernel::cubic_bspline};

template <class T>
std::vector<T> resized(const std::vector<T>& in, Shape2 from, Shape2 to, Kernel kernel) {
  std::vector<T> out(static_cast<std::size_t>(to.size()));
  SliceResizer(from, to, kernel).resize<T>(in, out);
  return out;
}

RC_GTEST_PROP(SliceResizer, ReturnsTheInputWhereTheShapeIsKept, ()) {
  const Shape2 shape = any_slice_shape(1, 24);
  const std::vector<float> in = noise<float>(shape);
  RC_ASSERT(resized(in, shape, shape, *rc::gen::elementOf(kKernels)) == in);
}

RC_GTEST_PROP(SliceResizer, KeepsAConstantSlice, ()) {
  const Shape2 from = any_slice_shape(1, 24);
  const Shape2 to = any_slice_shape(1, 24);
  const std::vector<double> in(static_cast<std::size_t>(from.size()), 3.5);
  for (const double value : resized(in, from, to, *rc::gen::elementOf(kKernels))) {
    RC_ASSERT(std::abs(value - 3.5) < 1e-12);
  }
}

RC_GTEST_PROP(SliceResizer, ClipsToTheRangeThatItIsGiven, ()) {
  const Shape2 from = any_slice_shape(1, 24);
  const Shape2 to = any_slice_shape(1, 24);
  const std::vector<float> in = noise<float>(from);
  const auto range = value_range<float>(in);
  std::vector<float> out(static_cast<std::size_t>(to.size()));
  const Kernel kernel = *rc::gen::elementOf(kKernels);
  SliceResizer(from, to, kernel).resize<float>(in, out, range);
  for (const float value : out) RC_ASSERT(value >= range.low && value <= range.high);
}

RC_GTEST_PROP(SliceResizer, TreatsBothAxesAlike, ()) {
  const Shape2 from = any_slice_shape(1, 24);
  const Shape2 to = any_slice_shape(1, 24);
  const std::vector<double> in = noise<double>(from);
  const Kernel kernel = *rc::gen::elementOf(kKernels);
  const auto flip = [](const std::vector<double>& values, const Shape2& shape) {
    std::vector<double> out;
    for (std::int64_t x = 0; x < shape.width; ++x) {
      for (std::int64_t y = 0; y < shape.height; ++y) {
        out.push_back(values[static_cast<std::size_t>(y * shape.width + x)]);
      }
    }
    return out;
  };
  const auto a = flip(resized(in, from, to, kernel), to);
  const auto b = resized(flip(in, from), {from.width, from.height}, {to.width, to.height}, kernel);
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(std::abs(a[i] - b[i]) < 1e-11);
}

TEST(SliceResizer, ReadsTheCoordinatesOfTheSpecification) {
  const std::vector<double> line = {0, 10, 20, 30};
  EXPECT_EQ(resized(line, {1, 4}, {1, 2}, Kernel::linear), (std::vector<double>{5, 25}));
  EXPECT_EQ(resized(line, {4, 1}, {8, 1}, Kernel::linear),
            (std::vector<double>{0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30}));
  EXPECT_EQ(resized(line, {1, 4}, {1, 3}, Kernel::nearest), (std::vector<double>{0, 20, 30}));
  // (−1, 9, 9, −1) / 16 in the middle of four samples.
  EXPECT_NEAR(
      resized<double>({0.0, 0.0, 16.0, 16.0}, {1, 4}, {1, 2}, Kernel::catmull_rom)[0], -1, 1e-12);
}

RC_GTEST_PROP(ResizeLabels, MakesNoNewLabels, ()) {
  const Shape3 shape = *testing::any_shape(1, 25);
  Volume<Label> in = testing::any_labels(shape, 5);
  for (Label& label : in.values) --label;
  const Shape2 to = any_slice_shape(1, 24);
  std::vector<Label> out(static_cast<std::size_t>(to.size()));
  resize_labels(in.values, {shape.height, shape.width}, out, to);
  std::set<Label> known(in.values.begin(), in.values.end());
  known.insert(0);
  for (const Label label : out) RC_ASSERT(known.contains(label));
}

// The text's own words: one mask after the other, resized by the resizer above.
RC_GTEST_PROP(ResizeLabels, EqualsResizingEveryMask, ()) {
  const Shape3 shape = *testing::any_shape(1, 20);
  const Shape2 from{shape.height, shape.width};
  Volume<Label> in = testing::any_labels(shape, 4);
  for (Label& label : in.values) --label;
  const Shape2 to = any_slice_shape(1, 24);
  std::vector<Label> out(static_cast<std::size_t>(to.size()));
  resize_labels(in.values, from, out, to);
  std::vector<Label> expected(out.size(), 0);
  std::vector<bool> tie(out.size(), false);
  for (Label label = -1; label < 3; ++label) {
    std::vector<double> mask;
    for (const Label value : in.values) mask.push_back(value == label ? 1 : 0);
    const auto share = resized(mask, from, to, Kernel::linear);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (std::abs(share[i] - 0.5) < 1e-12) tie[i] = true;
      if (share[i] >= 0.5) expected[i] = label;
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) RC_ASSERT(tie[i] || out[i] == expected[i]);
}

TEST(ResizeLabels, OverwritesTiesWithTheLargerLabelAndStartsAtZero) {
  std::vector<Label> out(1);
  const auto shrunk = [&](std::vector<Label> in) {
    resize_labels(in, {1, 2}, out, {1, 1});
    return out[0];
  };
  EXPECT_EQ(shrunk({-1, 0}), 0);
  EXPECT_EQ(shrunk({2, -1}), 2);
  EXPECT_EQ(shrunk({-1, -1}), -1);
  resize_labels(std::vector<Label>{1, 2, 3, -1}, {2, 2}, out, {1, 1});
  EXPECT_EQ(out[0], 0);
}

TEST(GoldenSliceResizer, MatchesTheReference) {
  const storage::Hdf5Reader file(testing::golden_file("misc.h5"));
  const auto in = file.read<double>("resize2d/input");
  const auto extents = file.extents("resize2d/input");
  const Shape2 from{extents[0], extents[1]};
  int compared = 0;
  for (const std::string& name : file.children("resize2d")) {
    if (name == "input") continue;
    SCOPED_TRACE(name);
    const bool linear = name.starts_with("order1");
    ASSERT_TRUE(linear || name.starts_with("order3"));
    const Kernel cubic = name.ends_with("_sk018") ? Kernel::catmull_rom : Kernel::cubic_bspline;
    const auto expected = file.read<double>("resize2d/" + name);
    const auto shape = file.extents("resize2d/" + name);
    std::vector<double> out(expected.size());
    SliceResizer(from, {shape[0], shape[1]}, linear ? Kernel::linear : cubic)
        .resize<double>(in, out, value_range<double>(in));
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1e-10) << i;
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace regionwise::geometry

#include "geometry/warp.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "core/random.hpp"
#include "geometry/label_vote.hpp"
#include "geometry/spline.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

using testing::any_slice_shape;
using testing::noise;

// With odd sizes of the patch the centre falls on a pixel, and nothing is interpolated.
RC_GTEST_PROP(PatchWarp, OnlyShiftsWithoutAngleAndScale, ()) {
  const Shape2 from = any_slice_shape(1, 30);
  Shape2 to = any_slice_shape(0, 15);
  to = {2 * to.height + 1, 2 * to.width + 1};
  const std::vector<float> in = noise<float>(from);
  std::vector<float> out(static_cast<std::size_t>(to.size()), 9.0F);
  PatchWarp(from, to, 0, 1).image(in, out);
  const auto start = [](std::int64_t size, std::int64_t patch) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(size) / 2)) - patch / 2;
  };
  for (std::int64_t i = 0; i < to.height; ++i) {
    for (std::int64_t j = 0; j < to.width; ++j) {
      const std::int64_t y = start(from.height, to.height) + i;
      const std::int64_t x = start(from.width, to.width) + j;
      const bool inside = y >= 0 && y < from.height && x >= 0 && x < from.width;
      const float expected = inside ? in[static_cast<std::size_t>(y * from.width + x)] : 0.0F;
      RC_ASSERT(std::abs(out[static_cast<std::size_t>(i * to.width + j)] - expected) < 1e-5F);
    }
  }
}

RC_GTEST_PROP(PatchWarp, MakesNoNewLabels, ()) {
  const Shape3 shape = *testing::any_shape(1, 30);
  const Volume<Label> in = testing::any_labels(shape, 5);
  const Shape2 to = any_slice_shape(1, 20);
  std::vector<Label> out(static_cast<std::size_t>(to.size()));
  const double angle = *testing::uniform(-314, 315) / 100.0;
  const double scale = *testing::uniform(50, 200) / 100.0;
  PatchWarp({shape.height, shape.width}, to, angle, scale).labels(in.values, out);
  std::set<Label> known(in.values.begin(), in.values.end());
  known.insert(0);
  for (const Label label : out) RC_ASSERT(known.contains(label));
}

/// Calls read(pixel, y, x) for each output pixel inside the input, by the class's own words.
template <class Read>
void for_each_inside(Shape2 from, Shape2 to, double angle, double scale, Read read) {
  const auto centre = [](std::int64_t size) {
    return std::nearbyint(static_cast<double>(size) / 2);
  };
  const double cosine = scale * std::cos(angle);
  const double sine = scale * std::sin(angle);
  for (std::int64_t row = 0; row < to.height; ++row) {
    for (std::int64_t column = 0; column < to.width; ++column) {
      const double i = static_cast<double>(row) - 0.5 * static_cast<double>(to.height - 1);
      const double j = static_cast<double>(column) - 0.5 * static_cast<double>(to.width - 1);
      const double y = i * cosine + centre(from.height) + j * sine;
      const double x = -i * sine + centre(from.width) + j * cosine;
      if (y < 0 || y > static_cast<double>(from.height - 1)) continue;
      if (x < 0 || x > static_cast<double>(from.width - 1)) continue;
      read(static_cast<std::size_t>(row * to.width + column), y, x);
    }
  }
}

/// The spline of the whole slice in float64, one pixel after the other.
std::vector<double> simple_warp(
    const std::vector<float>& in, Shape2 from, Shape2 to, double angle, double scale) {
  std::vector<double> rows(in.begin(), in.end());
  spline_coefficients(rows.data(), from.height, from.width, from.width);
  std::vector<double> turned(rows.size());
  transpose(rows.data(), from, turned.data(), from.height);
  spline_coefficients(turned.data(), from.width, from.height, from.height);
  std::vector<double> out(static_cast<std::size_t>(to.size()));
  for_each_inside(from, to, angle, scale, [&](std::size_t pixel, double y, double x) {
    const auto down = spline_weights(y - std::floor(y));
    const auto right = spline_weights(x - std::floor(x));
    for (std::int64_t v = 0; v < 4; ++v) {
      const std::int64_t row = mirrored(static_cast<std::int64_t>(y) + v - 1, from.height);
      for (std::int64_t h = 0; h < 4; ++h) {
        const std::int64_t column = mirrored(static_cast<std::int64_t>(x) + h - 1, from.width);
        out[pixel] += down[static_cast<std::size_t>(v)] * right[static_cast<std::size_t>(h)] *
                      turned[static_cast<std::size_t>(column * from.height + row)];
      }
    }
  });
  return out;
}

RC_GTEST_PROP(PatchWarp, IsTheSplineOfTheWholeSlicePixelByPixel, ()) {
  const Shape2 from = any_slice_shape(1, 100);
  const Shape2 to = any_slice_shape(1, 90);
  const double angle = *rc::gen::weightedOneOf<double>(
      {{1, rc::gen::just(0.0)},
       {3, rc::gen::map(testing::uniform(-314, 315), [](int a) { return a / 100.0; })}});
  const double scale = *testing::uniform(30, 200) / 100.0;
  const std::vector<float> in = noise<float>(from);
  std::vector<float> out(static_cast<std::size_t>(to.size()), 9.0F);
  PatchWarp(from, to, angle, scale).image(in, out);
  const std::vector<double> expected = simple_warp(in, from, to, angle, scale);
  for (std::size_t i = 0; i < out.size(); ++i) RC_ASSERT(std::abs(out[i] - expected[i]) < 2e-5);
}

RC_GTEST_PROP(PatchWarp, IsTheVoteOfFourLabelsPixelByPixel, ()) {
  const Shape3 shape = *testing::any_shape(1, 90);
  const Shape2 from{shape.height, shape.width};
  Volume<Label> in = testing::any_labels(shape, 4);
  for (Label& label : in.values) label = label == 3 ? Label{-128} : static_cast<Label>(label - 1);
  const Shape2 to = any_slice_shape(1, 90);
  const double angle = *testing::uniform(-314, 315) / 100.0;
  const double scale = *testing::uniform(10, 200) / 100.0;
  std::vector<Label> out(static_cast<std::size_t>(to.size()), 9);
  PatchWarp(from, to, angle, scale).labels(in.values, out);
  std::vector<Label> expected(out.size());
  for_each_inside(from, to, angle, scale, [&](std::size_t pixel, double y, double x) {
    const auto row = static_cast<std::int64_t>(y);
    const auto column = static_cast<std::int64_t>(x);
    const double v = y - std::floor(y);
    const double h = x - std::floor(x);
    const auto at = [&](std::int64_t r, std::int64_t c) {
      return in.at(0, std::min(r, from.height - 1), std::min(c, from.width - 1));
    };
    expected[pixel] =
        vote({at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1)},
             {(1 - v) * (1 - h), (1 - v) * h, v * (1 - h), v * h});
  });
  RC_ASSERT(out == expected);
}

// A quarter turn of a square with a pixel in its centre moves whole pixels.
TEST(PatchWarp, TurnsFromRowsTowardsColumns) {
  std::vector<float> in(49);
  in[3 * 7 + 5] = 1;  // two columns beside the centre of rint(3.5) = 4: row 3, column 5
  std::vector<float> out(49);
  PatchWarp({7, 7}, {7, 7}, std::acos(0.0), 1).image(in, out);
  // (i, j) reads (j, −i) beside (4, 4): the pixel (−1, 1) is found at i = −1, j = −1.
  EXPECT_NEAR(out[2 * 7 + 2], 1, 1e-6);
}

TEST(PatchWarp, IsZeroOutsideTheInput) {
  const std::vector<float> in(16, 5.0F);
  const std::vector<Label> labels(16, -1);
  std::vector<float> image(400);
  std::vector<Label> label(400, 3);
  const PatchWarp warp({4, 4}, {20, 20}, 0.3, 1);
  warp.image(in, image);
  warp.labels(labels, label);
  int inside = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    EXPECT_TRUE(std::abs(image[i] - 5) < 1e-5 || image[i] == 0) << image[i];
    EXPECT_EQ(label[i], image[i] == 0 ? 0 : -1);
    inside += image[i] != 0 ? 1 : 0;
  }
  EXPECT_NEAR(inside, 9, 3);
}

TEST(GoldenPatchWarp, MatchesTheReference) {
  const storage::Hdf5Reader file(testing::golden_file("misc.h5"));
  const auto image = file.read<float>("augment/data");
  const auto stored_label = file.read<float>("augment/seg");
  std::vector<Label> label;
  for (const float value : stored_label) label.push_back(static_cast<Label>(value));
  const auto extents = file.extents("augment/data");
  const Shape2 from{extents[2], extents[3]};
  int compared = 0;
  for (const std::string& name : file.children("augment")) {
    if (!name.starts_with("spatial_")) continue;
    SCOPED_TRACE(name);
    const std::string group = "augment/" + name;
    double angle = file.real_attribute(group, "angle");
    double scale = file.real_attribute(group, "scale");
    if (std::isnan(angle) && std::isnan(scale)) continue;  // the centre crop
    if (std::isnan(angle)) angle = 0;
    if (std::isnan(scale)) scale = 1;
    const auto shape = file.extents(group + "/data");
    const Shape2 to{shape[2], shape[3]};
    const auto expected = file.read<float>(group + "/data");
    const auto expected_label = file.read<float>(group + "/seg");
    const PatchWarp warp(from, to, angle, scale);
    const auto pixels = static_cast<std::size_t>(to.size());
    std::vector<float> out(pixels);
    for (std::size_t c = 0; c < static_cast<std::size_t>(shape[1]); ++c) {
      const auto input = static_cast<std::size_t>(from.size());
      warp.image(std::span(image).subspan(c * input, input), out);
      for (std::size_t i = 0; i < pixels; ++i) {
        ASSERT_NEAR(out[i], expected[c * pixels + i], 2e-5) << c << ' ' << i;
      }
    }
    std::vector<Label> out_label(pixels);
    warp.labels(label, out_label);
    std::size_t different = 0;
    for (std::size_t i = 0; i < pixels; ++i) {
      different += out_label[i] != static_cast<Label>(expected_label[i]) ? 1 : 0;
    }
    EXPECT_LE(static_cast<double>(different), 0.001 * static_cast<double>(pixels));
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

}  // namespace
}  // namespace regionwise::geometry

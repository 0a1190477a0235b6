#include "geometry/spline.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

std::vector<double> noise(std::int64_t count) {
  RandomStream random(static_cast<std::uint64_t>(*testing::uniform(0, 1 << 20)), {});
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = random.normal();
  return values;
}

// The definition of interpolation: at whole coordinates the spline has the samples' values.
RC_GTEST_PROP(Spline, PassesThroughTheSamples, ()) {
  const auto length = *testing::uniform<std::int64_t>(1, 60);
  const auto width = *testing::uniform<std::int64_t>(1, 5);
  const std::vector<double> samples = noise(length * width);
  std::vector<double> coefficients = samples;
  spline_coefficients(coefficients.data(), length, width, width);
  if (length == 1) RC_SUCCEED("a single sample is its own coefficient");
  const auto weights = spline_weights(0.0);
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t x = 0; x < width; ++x) {
      double value = 0;
      for (std::int64_t tap = -1; tap <= 2; ++tap) {
        const std::int64_t source = mirrored(i + tap, length);
        value += weights[static_cast<std::size_t>(tap + 1)] *
                 coefficients[static_cast<std::size_t>(source * width + x)];
      }
      RC_ASSERT(std::abs(value - samples[static_cast<std::size_t>(i * width + x)]) < 1e-12);
    }
  }
}

// The fast way and the simple one.
RC_GTEST_PROP(Spline, IsTheSameAlongBothAxesAtOnceAsOneAfterTheOther, ()) {
  const Shape2 shape{*testing::uniform<std::int64_t>(1, 70),
                     *testing::uniform<std::int64_t>(1, 70)};
  const std::int64_t in_stride = shape.width + *testing::uniform<std::int64_t>(0, 5);
  const std::int64_t out_stride = shape.width + *testing::uniform<std::int64_t>(0, 5);
  std::vector<float> in;
  for (const double value : noise(shape.height * in_stride))
    in.push_back(static_cast<float>(value));
  std::vector<float> out(static_cast<std::size_t>(shape.height * out_stride), 7);
  spline_coefficients_2d(in.data(), in_stride, shape, out.data(), out_stride);

  std::vector<double> rows;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    const auto row = in.begin() + y * in_stride;
    rows.insert(rows.end(), row, row + shape.width);
  }
  spline_coefficients(rows.data(), shape.height, shape.width, shape.width);
  std::vector<double> columns(rows.size());
  transpose(rows.data(), shape, columns.data(), shape.height);
  spline_coefficients(columns.data(), shape.width, shape.height, shape.height);
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < out_stride; ++x) {
      const double expected =
          x < shape.width ? columns[static_cast<std::size_t>(x * shape.height + y)] : 7;
      RC_ASSERT(std::abs(out[static_cast<std::size_t>(y * out_stride + x)] - expected) < 2e-5);
    }
  }
}

TEST(Spline, LeavesWhatLiesBetweenTheRowsAlone) {
  std::vector<float> padded = {1, 7, 2, 7, 4, 7};
  spline_coefficients(padded.data(), 3, 1, 2);
  std::vector<float> dense = {1, 2, 4};
  spline_coefficients(dense.data(), 3, 1, 1);
  EXPECT_EQ(padded, (std::vector<float>{dense[0], 7, dense[1], 7, dense[2], 7}));
}

TEST(Spline, WeightsSumToOne) {
  for (const double t : {0.0, 0.2, 0.5, 0.99}) {
    const auto weights = spline_weights(t);
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-15);
  }
  EXPECT_NEAR(spline_weights(0.0)[1], 2.0 / 3, 1e-15);
}

TEST(Spline, MirrorsWithoutRepeatingTheLastElement) {
  std::vector<std::int64_t> found;
  for (std::int64_t i = -4; i < 8; ++i) found.push_back(mirrored(i, 4));
  EXPECT_EQ(found, (std::vector<std::int64_t>{2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1}));
  EXPECT_EQ(mirrored(5, 1), 0);
}

RC_GTEST_PROP(Spline, TransposesAnyShape, ()) {
  const Shape2 shape{*testing::uniform<std::int64_t>(1, 40),
                     *testing::uniform<std::int64_t>(1, 40)};
  const std::vector<double> in = noise(shape.size());
  std::vector<double> out(in.size());
  transpose(in.data(), shape, out.data(), shape.height);
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      RC_ASSERT(out[static_cast<std::size_t>(x * shape.height + y)] ==
                in[static_cast<std::size_t>(y * shape.width + x)]);
    }
  }
}

}  // namespace
}  // namespace regionwise::geometry

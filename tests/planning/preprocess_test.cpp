#include "planning/preprocess.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <set>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::planning {
namespace {

RawCase two_channels() {
  RawCase raw;
  raw.id = "a";
  raw.channels = 2;
  raw.geometry.shape = {1, 2, 2};
  raw.geometry.spacing_mm = {10, 1.5, 1.25};
  raw.image = {0, 2, 4, 6, 100, 100, 300, 300};
  raw.label = Volume<Label>(raw.geometry.shape, 1);
  return raw;
}

TEST(ZScore, DividesByThePopulationDeviation) {
  std::vector<float> values{1, 2, 3, 4};
  z_score(values);
  const double sd = std::sqrt(1.25);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(values[i], (static_cast<double>(i) - 1.5) / sd, 1e-6);
  }
}

TEST(ZScore, GivesMeanZeroAndDeviationOneInspiteOfOutliers) {
  rc::check([](std::vector<float> values) {
    for (float& v : values) v = std::remainder(std::isfinite(v) ? v : 0.0F, 1e4F);
    RC_PRE(std::set<float>(values.begin(), values.end()).size() > 1);
    values.push_back(1.7e6F);
    z_score(values);
    double sum = 0;
    double squares = 0;
    for (const float v : values) sum += v;
    for (const float v : values) squares += v * v;
    const auto n = static_cast<double>(values.size());
    RC_ASSERT(std::abs(sum / n) < 1e-4);
    RC_ASSERT(std::abs(squares / n - 1) < 1e-4);
  });
}

TEST(ZScore, RefusesAConstantImage) {
  std::vector<float> constant(8, 3.0F);
  EXPECT_THROW(z_score(constant), DataError);
  EXPECT_THROW(z_score({}), DataError);
}

TEST(Preprocess, NormalisesEachChannelByItself) {
  const Preprocessed volume = preprocess(two_channels());
  EXPECT_FLOAT_EQ(volume.image[4], -1);
  EXPECT_FLOAT_EQ(volume.image[7], 1);
  EXPECT_FLOAT_EQ(volume.image[0], -volume.image[3]);
  EXPECT_EQ(volume.channels, 2);
}

TEST(Preprocess, KeepsGridAndLabels) {
  const RawCase raw = two_channels();
  const Preprocessed volume = preprocess(raw);
  EXPECT_EQ(volume.shape, raw.geometry.shape);
  EXPECT_EQ(volume.crop_shape, raw.geometry.shape);
  EXPECT_EQ(volume.spacing_mm, raw.geometry.spacing_mm);
  EXPECT_EQ(volume.label.values, raw.label.values);
}

TEST(Preprocess, NamesTheCaseAndChannelItCannotNormalise) {
  RawCase raw = two_channels();
  std::fill(raw.image.begin() + 4, raw.image.end(), 7.0F);
  const std::string message = testing::message_of<Error>([&] { preprocess(std::move(raw)); });
  EXPECT_NE(message.find("case a, channel 1"), std::string::npos) << message;
}

}  // namespace
}  // namespace regionwise::planning

#include "preprocessing/preprocess.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <set>
#include <string>

#include "core/error.hpp"
#include "support/property.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::CroppedCase;
using planning::kOutside;
using planning::Plan;

Plan plan_of(std::vector<std::string> normalization, Spacing3 target = {10, 1.5, 1.25}) {
  Plan plan;
  plan.normalization = std::move(normalization);
  plan.target_spacing_mm = target;
  return plan;
}

CroppedCase two_channels() {
  CroppedCase one;
  one.id = "a";
  one.channels = 2;
  one.box.shape = {1, 2, 2};
  one.whole = one.box.shape;
  one.spacing_mm = {10, 1.5, 1.25};
  one.image = {0, 2, 4, 6, 100, 100, 300, 300};
  one.label = Volume<Label>(one.box.shape, 1);
  one.mask = Volume<Label>(one.box.shape, 0);
  return one;
}

TEST(ZScore, DividesByThePopulationDeviation) {
  std::vector<float> values{1, 2, 3, 4};
  z_score(values, {});
  const double sd = std::sqrt(1.25);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(values[i], (static_cast<double>(i) - 1.5) / sd, 1e-6);
  }
}

TEST(ZScore, GivesMeanZeroAndDeviationOneInspiteOfOutliers) {
  regionwise::testing::check_property([](std::vector<float> values) {
    for (float& v : values) v = std::remainder(std::isfinite(v) ? v : 0.0F, 1e4F);
    RC_PRE(std::set<float>(values.begin(), values.end()).size() > 1);
    values.push_back(1.7e6F);
    z_score(values, {});
    double sum = 0;
    double squares = 0;
    for (const float v : values) sum += v;
    for (const float v : values) squares += v * v;
    const auto n = static_cast<double>(values.size());
    RC_ASSERT(std::abs(sum / n) < 1e-4);
    RC_ASSERT(std::abs(squares / n - 1) < 1e-4);
  });
}

TEST(ZScore, PassesOverWhatLiesOutsideTheMask) {
  std::vector<float> values{1, 3, 1000, -1000};
  const std::vector<Label> mask{0, 2, kOutside, kOutside};
  z_score(values, mask);
  EXPECT_FLOAT_EQ(values[0], -1);
  EXPECT_FLOAT_EQ(values[1], 1);
  EXPECT_EQ(values[2], 0);
  EXPECT_EQ(values[3], 0);
}

TEST(ZScore, RefusesAConstantImage) {
  std::vector<float> constant(8, 3.0F);
  EXPECT_THROW(z_score(constant, {}), DataError);
  EXPECT_THROW(z_score({}, {}), DataError);
  std::vector<float> varies{1, 2};
  EXPECT_THROW(z_score(varies, std::vector<Label>{0, kOutside}), DataError);
}

TEST(ZScore, RefusesASpreadThatTheAddedNumberDistorts) {
  std::vector<float> tiny{1e-9F, 2e-9F, 3e-9F};
  EXPECT_THROW(z_score(tiny, {}), DataError);
  std::vector<float> less{-0.99e-6F, 0.99e-6F};
  EXPECT_THROW(z_score(less, {}), DataError);
  std::vector<float> enough{-1.01e-6F, 1.01e-6F};
  z_score(enough, {});
  EXPECT_NEAR(enough[1], 1, 0.01);
}

TEST(Preprocess, NormalisesEachChannelByItself) {
  const Preprocessed volume =
      preprocess(two_channels(), plan_of({"nonCT", "nonCT"}), MaskSource::label);
  EXPECT_FLOAT_EQ(volume.image[4], -1);
  EXPECT_FLOAT_EQ(volume.image[7], 1);
  EXPECT_FLOAT_EQ(volume.image[0], -volume.image[3]);
  EXPECT_EQ(volume.channels, 2);
}

TEST(Preprocess, ClipsCtToTheDataSetsRange) {
  CroppedCase one = two_channels();
  one.channels = 1;
  one.image = {-1000, 0, 50, 4000};
  Plan plan = plan_of({"CT"});
  plan.intensities = {{.mean = 50, .sd = 25, .percentile_00_5 = -100, .percentile_99_5 = 200}};
  const Preprocessed volume = preprocess(std::move(one), plan, MaskSource::label);
  EXPECT_EQ(volume.image, (std::vector<float>{-6, -2, 0, 6}));
}

TEST(Preprocess, KeepsTheGridAtTheTargetSpacing) {
  const CroppedCase one = two_channels();
  const Preprocessed volume = preprocess(one, plan_of({"nonCT", "nonCT"}), MaskSource::label);
  EXPECT_EQ(volume.shape(), one.box.shape);
  EXPECT_EQ(volume.spacing_mm, one.spacing_mm);
  EXPECT_EQ(volume.label.values, one.label.values);
}

TEST(Preprocess, KeepsTheSpacingBetweenSlices) {
  CroppedCase one = two_channels();
  const Preprocessed volume =
      preprocess(std::move(one), plan_of({"nonCT", "nonCT"}, {8, 0.75, 1.25}), MaskSource::label);
  EXPECT_EQ(volume.shape(), (Shape3{1, 4, 2}));
  EXPECT_EQ(volume.spacing_mm, (Spacing3{10, 0.75, 1.25}));
}

TEST(Preprocess, RefusesASpacingThatIsNobodysBeforeItTakesMemory) {
  const Plan plan = plan_of({"nonCT", "nonCT"}, {10, 1, 1});
  EXPECT_EQ(spacing_problem({10, 32.1, 1}, plan),
            "its pixels of 32.1 x 1 mm would be resampled to 1 x 1 mm: correct the spacing in its "
            "header");
  EXPECT_NE(spacing_problem({10, 1, 1 / 32.1}, plan), "");
  EXPECT_EQ(spacing_problem({1000, 32, 1 / 32.0}, plan), "");
  Plan turned = plan;
  turned.axis_order = {2, 0, 1};
  EXPECT_NE(spacing_problem({1000, 1, 1}, turned), "");
  EXPECT_EQ(spacing_problem({1, 1, 1000}, turned), "");
  CroppedCase one = two_channels();
  one.spacing_mm = {10, 1e7, 1e7};  // of whose 4e14 pixels no memory holds one channel
  try {
    preprocess(one, plan, MaskSource::label);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()),
              "case a, channel 0: its pixels of 1e+07 x 1e+07 mm would be resampled to 1 x 1 mm: "
              "correct the spacing in its header");
  }
  one = two_channels();
  one.spacing_mm = {1000, 32, 1};
  EXPECT_EQ(preprocess(one, plan, MaskSource::label).shape(), (Shape3{1, 64, 2}));
}

TEST(Preprocess, CanBeEndedBetweenTheSlicesOfACase) {
  CroppedCase one = two_channels();
  const Plan plan = plan_of({"nonCT", "nonCT"}, {8, 0.75, 1.25});
  int slices = 0;
  preprocess(one, plan, MaskSource::label, [&] { ++slices; });
  EXPECT_EQ(slices, 3) << "two channels and the label, of a slice each";
  const auto end = [] { throw RetryError("ended"); };
  EXPECT_THROW(preprocess(one, plan, MaskSource::label, end), RetryError);
}

TEST(Preprocess, TakesTheMaskOfTheImageWhereNoLabelIsKnown) {
  CroppedCase one = two_channels();
  one.channels = 1;
  one.image = {1, 3, 0, 5};
  one.label.values = {0, 1, kOutside, 1};  // a labelled voxel outside the mask is kept …
  one.mask.values = {0, 0, kOutside, kOutside};
  Plan plan = plan_of({"nonCT"});
  plan.normalize_inside_mask = true;
  EXPECT_NE(preprocess(one, plan, MaskSource::label).image[3], 0);
  const Preprocessed test = preprocess(one, plan, MaskSource::image);  // … in training only
  EXPECT_EQ(test.image[3], 0);
  EXPECT_FLOAT_EQ(test.image[1], 1);
}

TEST(Preprocess, NamesTheCaseAndChannelItCannotNormalise) {
  CroppedCase one = two_channels();
  std::fill(one.image.begin() + 4, one.image.end(), 7.0F);
  const std::string message = testing::message_of<Error>([&] {
    preprocess(std::move(one), plan_of({"nonCT", "nonCT"}), MaskSource::label);
  });
  EXPECT_NE(message.find("case a, channel 1"), std::string::npos) << message;
}

}  // namespace
}  // namespace regionwise::preprocessing

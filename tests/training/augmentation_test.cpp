#include "training/augmentation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>
#include <string>

#include "core/error.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"

namespace regionwise::training {
namespace {

// ---- against the reference
// -----------------------------------------------------------------------

constexpr double kTolerance = 2e-5;
constexpr double kLabelTolerance = 0.001;  // share of pixels

/// The sample that the reference's operations were applied to, and their results.
class GoldenAugmentation : public ::testing::Test {
 protected:
  GoldenAugmentation() {
    const auto extents = file_.extents("/augment/data");  // [1, C, H, W]
    sample_.channels = extents[1];
    sample_.shape = {extents[2], extents[3]};
    sample_.image = read("data");
    for (const float label : read("seg")) sample_.label.push_back(static_cast<Label>(label));
  }

  std::vector<float> read(const std::string& name) const {
    return file_.read<float>("/augment/" + name, file_.extents("/augment/" + name));
  }

  /// Calls check(name, rest) for every result whose name is prefix + rest; there must be some.
  template <class Check>
  void for_each(const std::string& prefix, const Check& check) const {
    std::size_t found = 0;
    for (const std::string& name : file_.children("/augment")) {
      if (!name.starts_with(prefix)) continue;
      SCOPED_TRACE(name);
      check(name, name.substr(prefix.size()));
      ++found;
    }
    EXPECT_GT(found, 0U) << "no " << prefix;
  }

  static void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      largest = std::max(largest, static_cast<double>(std::abs(found[i] - expected[i])));
    }
    EXPECT_LE(largest, kTolerance);
  }

  /// Applies `step` to every channel of the sample.
  template <class Step>
  std::vector<float> each_channel(const Step& step) const {
    TrainingSample sample = sample_;
    for (std::int64_t c = 0; c < sample.channels; ++c) step(sample.channel(c));
    return sample.image;
  }

  storage::Hdf5Reader file_{regionwise::testing::golden_file("misc.h5")};
  TrainingSample sample_;
};

TEST_F(GoldenAugmentation, Blurs) {
  for_each("blur_sigma_", [&](const std::string& name, const std::string& sigma) {
    TrainingSample sample = sample_;
    blur(sample.channel(0), sample.shape, std::stod(sigma));
    const auto channel = sample.channel(0);
    expect_near({channel.begin(), channel.end()}, read(name));
  });
}

TEST_F(GoldenAugmentation, ScalesBrightness) {
  for_each("brightness_", [&](const std::string& name, const std::string& factors) {
    TrainingSample sample = sample_;
    const auto underscore = factors.find('_');
    scale_brightness(sample.channel(0), std::stod(factors.substr(0, underscore)));
    scale_brightness(sample.channel(1), std::stod(factors.substr(underscore + 1)));
    expect_near(sample.image, read(name));
  });
}

TEST_F(GoldenAugmentation, ScalesContrast) {
  for_each("contrast_", [&](const std::string& name, const std::string& factor) {
    expect_near(each_channel([&](std::span<float> c) { scale_contrast(c, std::stod(factor)); }),
                read(name));
  });
}

TEST_F(GoldenAugmentation, LowersResolutionWithEitherKernel) {
  for_each("lowres_", [&](const std::string& name, const std::string& rest) {
    const auto kernel =
        rest.ends_with("_sk018") ? geometry::Kernel::catmull_rom : geometry::Kernel::cubic_bspline;
    expect_near(each_channel([&](std::span<float> c) {
                  lower_resolution(c, sample_.shape, std::stod(rest), kernel);
                }),
                read(name));
  });
}

TEST_F(GoldenAugmentation, CorrectsGamma) {
  for_each("gamma_", [&](const std::string& name, const std::string& rest) {
    expect_near(each_channel([&](std::span<float> c) {
                  correct_gamma(c, std::stod(rest), rest.ends_with("_inv"));
                }),
                read(name));
  });
}

TEST_F(GoldenAugmentation, RotatesScalesAndCrops) {
  for_each("spatial_", [&](const std::string& name, const std::string&) {
    const std::string group = "/augment/" + name;
    const double angle = file_.real_attribute(group, "angle");
    const double scale = file_.real_attribute(group, "scale");
    const auto extents = file_.extents(group + "/data");
    const Shape2 patch{extents[2], extents[3]};
    const bool acts = !std::isnan(angle) || !std::isnan(scale);
    TrainingSample result =
        acts ? rotate_and_scale(
                   sample_, patch, std::isnan(angle) ? 0 : angle, std::isnan(scale) ? 1 : scale)
             : centre_crop(sample_, patch);
    expect_near(result.image, read(name + "/data"));
    const auto expected = read(name + "/seg");
    std::size_t different = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      different += result.label[i] != static_cast<Label>(expected[i]) ? 1 : 0;
    }
    EXPECT_LE(static_cast<double>(different),
              kLabelTolerance * static_cast<double>(expected.size()));
  });
}

// ---- the whole of it
// -----------------------------------------------------------------------------

constexpr Shape2 kLoaded{24, 20};
constexpr Shape2 kPatch{16, 12};

/// Two channels of smooth noise, three classes in blocks and a border outside the mask.
TrainingSample make_sample() {
  TrainingSample sample;
  sample.channels = 2;
  sample.shape = kLoaded;
  RandomStream random(9, {});
  for (std::int64_t i = 0; i < 2 * kLoaded.size(); ++i) {
    sample.image.push_back(static_cast<float>(random.normal()));
  }
  for (std::int64_t y = 0; y < kLoaded.height; ++y) {
    for (std::int64_t x = 0; x < kLoaded.width; ++x) {
      const bool outside = y < 5 || x < 5;
      sample.label.push_back(outside ? Label{-1} : static_cast<Label>((y / 6 + x / 6) % 3));
    }
  }
  return sample;
}

TrainingSample augmented(const AugmentationConfig& config,
                         std::uint32_t iteration,
                         std::uint64_t seed = 1,
                         const std::vector<bool>& masked = {}) {
  return augment(make_sample(), kPatch, config, masked, seed, {.iteration = iteration});
}

bool same(const TrainingSample& a, const TrainingSample& b) {
  return a.image == b.image && a.label == b.label;
}

TEST(Augment, IsAFunctionOfSeedAndPosition) {
  const AugmentationConfig config;
  std::vector<TrainingSample> forwards;
  for (std::uint32_t i = 0; i < 20; ++i) forwards.push_back(augmented(config, i));
  std::size_t changed_by_seed = 0;
  for (std::uint32_t i = 20; i-- > 0;) {
    EXPECT_TRUE(same(forwards[i], augmented(config, i)));
    changed_by_seed += same(forwards[i], augmented(config, i, 2)) ? 0 : 1;
  }
  EXPECT_GT(changed_by_seed, 5U);
}

/// With every other step switched off, a step acts on its share of the samples.
TEST(Augment, ActsWithTheProbabilitiesOfTheReference) {
  constexpr int kDraws = 2000;
  const AugmentationConfig defaults;
  const TrainingSample untouched = augmented(AugmentationConfig::none(), 0);
  const auto expect_share = [&](const char* step, const AugmentationConfig& config, double share) {
    SCOPED_TRACE(step);
    int acted = 0;
    for (std::uint32_t i = 0; i < kDraws; ++i) acted += !same(augmented(config, i), untouched);
    EXPECT_NEAR(acted, kDraws * share, 5 * std::sqrt(kDraws * share * (1 - share)));
  };
  using Member = AugmentationConfig::Step AugmentationConfig::*;
  const std::vector<std::tuple<const char*, Member, double>> steps{
      {"noise", &AugmentationConfig::noise, 0.1},
      {"blur", &AugmentationConfig::blur, 0.2 * 0.75},  // of two channels either may be left out
      {"brightness", &AugmentationConfig::brightness, 0.15},
      {"contrast", &AugmentationConfig::contrast, 0.15},
      {"low-resolution", &AugmentationConfig::low_resolution, 0.25 * 0.75},
      {"gamma-inverted", &AugmentationConfig::gamma_inverted, 0.1},
      {"gamma", &AugmentationConfig::gamma, 0.3},
      {"scaling", &AugmentationConfig::scaling, 0.2}};
  for (const auto& [name, member, share] : steps) {
    AugmentationConfig config = AugmentationConfig::none();
    config.*member = defaults.*member;
    expect_share(name, config, share);
  }
  AugmentationConfig rotation = AugmentationConfig::none();
  rotation.rotation = defaults.rotation;
  expect_share("rotation", rotation, 0.2);
  AugmentationConfig mirroring = AugmentationConfig::none();
  mirroring.mirror = true;
  expect_share("mirror", mirroring, 0.75);
}

TEST(Augment, NeverInventsALabelNorKeepsTheOutside) {
  regionwise::testing::check_property([] {
    const auto iteration = *rc::gen::inRange<std::uint32_t>(0, 1'000'000);
    AugmentationConfig config;
    config.rotation.probability = 0.8;
    config.scaling.probability = 0.8;
    for (const Label label : augmented(config, iteration).label) {
      RC_ASSERT(label >= 0);
      RC_ASSERT(label < 3);
    }
  });
}

TEST(Augment, TakesTheMiddleWhereNothingActs) {
  const TrainingSample loaded = make_sample();
  const TrainingSample sample = augmented(AugmentationConfig::none(), 3);
  EXPECT_EQ(sample.shape, kPatch);
  for (std::int64_t y = 0; y < kPatch.height; ++y) {
    for (std::int64_t x = 0; x < kPatch.width; ++x) {
      const auto to = static_cast<std::size_t>(y * kPatch.width + x);
      const auto from = static_cast<std::size_t>((y + 4) * kLoaded.width + x + 4);
      ASSERT_EQ(sample.image[to], loaded.image[from]);
      ASSERT_EQ(sample.label[to], std::max<Label>(loaded.label[from], 0));
    }
  }
}

TEST(Augment, KeepsMaskedChannelsZeroOutsideTheMask) {
  const TrainingSample open = augmented(AugmentationConfig::none(), 0);
  const TrainingSample closed = augmented(AugmentationConfig::none(), 0, 1, {false, true});
  const auto pixels = static_cast<std::size_t>(kPatch.size());
  EXPECT_TRUE(
      std::equal(open.image.begin(), open.image.begin() + kPatch.size(), closed.image.begin()));
  EXPECT_EQ(closed.image[pixels], 0);  // the patch begins at (4, 4), the mask at (5, 5)
  const auto inside = static_cast<std::size_t>(kPatch.width + 1);
  EXPECT_EQ(closed.image[pixels + inside], open.image[pixels + inside]);
}

TEST(Augment, BearsAConstantImage) {
  TrainingSample constant = make_sample();
  std::fill(constant.image.begin(), constant.image.end(), 3.0F);
  AugmentationConfig config;
  for (auto* step : {&config.scaling,
                     &config.noise,
                     &config.blur,
                     &config.brightness,
                     &config.contrast,
                     &config.low_resolution,
                     &config.gamma_inverted,
                     &config.gamma}) {
    step->probability = 1;
  }
  for (std::uint32_t i = 0; i < 50; ++i) {
    const TrainingSample sample = augment(constant, kPatch, config, {}, 1, {.iteration = i});
    for (const float value : sample.image) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST(Augment, MirrorsAPrecomputedMapWithItsImageAndBendsNone) {
  TrainingSample loaded = make_sample();
  loaded.map_channels = 2;
  loaded.map = loaded.image;
  AugmentationConfig config = AugmentationConfig::none();
  config.mirror = true;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const TrainingSample sample = augment(loaded, kPatch, config, {}, 1, {.iteration = i});
    EXPECT_EQ(sample.map, sample.image);
  }
  EXPECT_THROW(augment(loaded, kPatch, AugmentationConfig{}, {}, 1, {}), UsageError);
}

// ---- the configuration
// ---------------------------------------------------------------------------

TEST(AugmentationConfig, ReadsBackWhatItWrites) {
  AugmentationConfig config;
  config.rotation.degrees = 20;
  config.noise.probability = 0.5;
  config.low_resolution_kernel = geometry::Kernel::cubic_bspline;
  EXPECT_EQ(to_json(parse_augmentation(to_json(config), "x")), to_json(config));
  EXPECT_EQ(to_json(parse_augmentation("nnunet", "x")), to_json(AugmentationConfig{}));
  EXPECT_EQ(to_json(parse_augmentation("none", "x")), to_json(AugmentationConfig::none()));
  const AugmentationConfig mirror = parse_augmentation("mirror", "x");
  EXPECT_TRUE(mirror.mirror);
  EXPECT_FALSE(mirror.any_spatial());
}

TEST(AugmentationConfig, RefusesWhatMakesNoSense) {
  for (const Json& json : std::vector<Json>{"strong",
                                            {{"rotatoin", {{"probability", 0.1}}}},
                                            {{"rotation", {{"probability", 1.5}}}},
                                            {{"rotation", {{"angle", 3}}}},
                                            {{"scaling", {{"range", {1.1, 1.4}}}}},
                                            {{"scaling", {{"range", {0, 1.4}}}}},
                                            {{"noise", {{"range", {0.2, 0.1}}}}},
                                            {{"low-resolution", {{"kernel", "lanczos"}}}},
                                            {{"mirror", 1}},
                                            3}) {
    EXPECT_THROW(parse_augmentation(json, "x"), UsageError) << json;
  }
  EXPECT_THROW(AugmentationConfig{}.check("x", /*precomputed_maps=*/true), UsageError);
  EXPECT_NO_THROW(parse_augmentation("mirror", "x").check("x", /*precomputed_maps=*/true));
}

}  // namespace
}  // namespace regionwise::training

#include "training/augmentation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"

namespace regionwise::training {
namespace {

using geometry::Kernel;
using Config = AugmentationConfig;
using Step = Config::Step;

constexpr int kDraws = 2000;

/// All but rotation and mirroring, by their names in JSON.
const std::map<std::string, Step Config::*> kSteps = {
    {"blur", &Config::blur},
    {"brightness", &Config::brightness},
    {"contrast", &Config::contrast},
    {"gamma", &Config::gamma},
    {"gamma-inverted", &Config::gamma_inverted},
    {"low-resolution", &Config::low_resolution},
    {"noise", &Config::noise},
    {"scaling", &Config::scaling},
};

Config only(Step Config::*step, double probability = 1) {
  Config config = Config::none();
  (config.*step).probability = probability;
  return config;
}

Config only_rotation() {
  Config config = Config::none();
  config.rotation.probability = 1;
  return config;
}

Config only_mirror() {
  return parse_augmentation("mirror", "test");
}

/// Every step on every sample; of the channels, those that the step chooses.
Config everything() {
  Config config;
  config.rotation.probability = 1;
  for (const auto& [name, step] : kSteps) (config.*step).probability = 1;
  return config;
}

DrawPosition at(int epoch, int iteration, int sample) {
  return {.purpose = Purpose::test,
          .epoch = static_cast<std::uint32_t>(epoch),
          .iteration = static_cast<std::uint32_t>(iteration),
          .sample = static_cast<std::uint32_t>(sample)};
}

/// Normal noise with labels out of `labels`.
TrainingSample random_sample(Shape2 shape,
                             const std::vector<Label>& labels,
                             std::int64_t channels = 2,
                             std::uint64_t seed = 1) {
  RandomStream random(seed, {});
  TrainingSample sample;
  sample.channels = channels;
  sample.shape = shape;
  sample.image.resize(static_cast<std::size_t>(channels * shape.size()));
  for (float& value : sample.image) value = static_cast<float>(random.normal());
  sample.label.resize(static_cast<std::size_t>(shape.size()));
  for (Label& label : sample.label) {
    label = labels[static_cast<std::size_t>(random.integer(std::ssize(labels)))];
  }
  return sample;
}

/// value(y, x) for all pixels of one channel, labels 0.
TrainingSample image_of(Shape2 shape, const std::function<double(int, int)>& value) {
  TrainingSample sample = random_sample(shape, {0}, 1);
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x) {
      sample.image[static_cast<std::size_t>(y * shape.width + x)] = static_cast<float>(value(y, x));
    }
  }
  return sample;
}

bool same(const TrainingSample& a, const TrainingSample& b) {
  return a.channels == b.channels && a.shape == b.shape && a.image == b.image &&
         a.label == b.label && a.map_channels == b.map_channels && a.map == b.map;
}

TrainingSample augment_own_size(const TrainingSample& sample,
                                const Config& config,
                                const DrawPosition& position,
                                std::uint64_t seed = 3) {
  return augment(sample, sample.shape, config, {}, seed, position);
}

bool all_finite(const TrainingSample& sample) {
  return std::all_of(
      sample.image.begin(), sample.image.end(), [](float value) { return std::isfinite(value); });
}

/// Five standard deviations of a binomial count.
void expect_share(int hits, int draws, double probability) {
  EXPECT_GT(probability, 0);
  EXPECT_LT(probability, 1);
  EXPECT_NEAR(hits, draws * probability, 5 * std::sqrt(draws * probability * (1 - probability)));
}

TEST(Augment, IsAFunctionOfSeedAndPosition) {
  const TrainingSample loaded = random_sample({20, 18}, {-1, 0, 1, 2});
  const auto draw = [&](std::uint64_t seed, const DrawPosition& position) {
    return augment(loaded, {12, 10}, everything(), {true, false}, seed, position);
  };
  const TrainingSample first = draw(3, at(4, 5, 6));
  EXPECT_FALSE(same(first, draw(4, at(4, 5, 6))));
  EXPECT_FALSE(same(first, draw(3, at(5, 5, 6))));
  EXPECT_FALSE(same(first, draw(3, at(4, 6, 6))));
  EXPECT_FALSE(same(first, draw(3, at(4, 5, 7))));
  DrawPosition other_purpose = at(4, 5, 6);
  other_purpose.purpose = Purpose::sampling;
  EXPECT_TRUE(same(first, draw(3, other_purpose)));
}

TEST(Augment, DoesNotDependOnWhatWasDrawnBefore) {
  const TrainingSample loaded = random_sample({20, 18}, {-1, 0, 1, 2});
  const auto draw = [&](int i) {
    return augment(loaded, {12, 10}, Config(), {}, 3, at(i / 9, i / 3 % 3, i % 3));
  };
  std::vector<TrainingSample> forwards;
  for (int i = 0; i < 27; ++i) forwards.push_back(draw(i));
  for (int i = 26; i >= 0; --i) {
    EXPECT_TRUE(same(draw(i), forwards[static_cast<std::size_t>(i)])) << i;
  }
}

/// As each step draws from a stream of its own, it does the same whatever the others do.
TEST(Augment, IsTheChainOfItsStepsInTheSpecificationsOrder) {
  Config spatial = only(&Config::scaling);
  spatial.rotation.probability = 1;
  const Config chain[] = {spatial,
                          only(&Config::noise),
                          only(&Config::blur),
                          only(&Config::brightness),
                          only(&Config::contrast),
                          only(&Config::low_resolution),
                          only(&Config::gamma_inverted),
                          only(&Config::gamma),
                          only_mirror()};
  regionwise::testing::check_property([&] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(4, 24); };
    const Shape2 patch{edge(), edge()};
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const DrawPosition position =
        at(*rc::gen::inRange(0, 1 << 24), *rc::gen::inRange(0, 1000), *rc::gen::inRange(0, 100));
    const TrainingSample loaded = random_sample({edge(), edge()}, {0, 1, 2}, 3, seed);
    TrainingSample step_by_step = loaded;
    for (const Config& config : chain) {
      step_by_step = augment(step_by_step, patch, config, {}, seed, position);
    }
    RC_ASSERT(same(augment(loaded, patch, everything(), {}, seed, position), step_by_step));
  });
}

/// What the draws say, done by hand.
TrainingSample redone(const TrainingSample& loaded,
                      Shape2 patch,
                      const std::vector<AugmentationDraw>& draws) {
  double angle_rad = 0;
  double scale = 1;
  for (const AugmentationDraw& draw : draws) {
    if (draw.step == "rotation") angle_rad = draw.value * std::numbers::pi / 180;
    if (draw.step == "scaling") scale = draw.value;
  }
  TrainingSample sample = angle_rad == 0 && scale == 1
                              ? centre_crop(loaded, patch)
                              : rotate_and_scale(loaded, patch, angle_rad, scale);
  for (const auto& [step, channel, value] : draws) {
    if (step == "mirror-y") mirror(sample, true, false);
    if (step == "mirror-x") mirror(sample, false, true);
    if (channel < 0) continue;
    const std::span<float> plane = sample.channel(channel);
    if (step == "blur") blur(plane, patch, value);
    if (step == "brightness") scale_brightness(plane, value);
    if (step == "contrast") scale_contrast(plane, value);
    if (step == "low-resolution") lower_resolution(plane, patch, value, Kernel::catmull_rom);
    if (step == "gamma-inverted") correct_gamma(plane, value, true);
    if (step == "gamma") correct_gamma(plane, value, false);
  }
  return sample;
}

TEST(Augment, TellsWhatItDrew) {
  const TrainingSample loaded = random_sample({20, 18}, {0, 1, 2}, 3);
  Config config = everything();
  for (const auto& [name, step] : kSteps) (config.*step).probability = 0.5;
  config.rotation.probability = 0.5;
  config.noise.probability = 0;  // as many draws as pixels
  std::set<std::string> steps;
  for (int i = 0; i < 60; ++i) {
    std::vector<AugmentationDraw> draws;
    const TrainingSample made = augment(loaded, {12, 10}, config, {}, 3, at(0, i, 0), &draws);
    EXPECT_TRUE(same(made, augment(loaded, {12, 10}, config, {}, 3, at(0, i, 0))));
    const TrainingSample again = redone(loaded, {12, 10}, draws);
    EXPECT_EQ(made.label, again.label);
    for (std::size_t p = 0; p < made.image.size(); ++p) {
      ASSERT_NEAR(made.image[p], again.image[p], 1e-4) << "draw " << i;  // angles in degrees
    }
    for (const AugmentationDraw& draw : draws) steps.insert(draw.step);
  }
  EXPECT_EQ(steps.size(), 10U) << "all but noise";

  std::vector<AugmentationDraw> draws;
  augment(loaded, {12, 10}, only(&Config::noise), {}, 3, at(0, 0, 0), &draws);
  ASSERT_EQ(draws.size(), 1U);
  EXPECT_EQ(draws[0].step, "noise");
  EXPECT_EQ(draws[0].channel, -1);
  draws.clear();
  augment(loaded, {12, 10}, Config::none(), {}, 3, at(0, 0, 0), &draws);
  EXPECT_TRUE(draws.empty());
}

/// Channels change where the step acts and chooses them.
TEST(Augment, StepsActAsOftenAsTheirProbabilitiesSay) {
  const TrainingSample loaded = random_sample({12, 10}, {0, 1});
  for (const auto& [name, step] : kSteps) {
    SCOPED_TRACE(name);
    Config config = Config::none();
    config.*step = Config().*step;
    config.low_resolution.range.high = 0.8;  // next to 1 the size, and with it all, stays
    const double acts = (config.*step).probability;
    const double chosen = (config.*step).channel_probability;
    int first = 0;
    int both = 0;
    for (int i = 0; i < kDraws; ++i) {
      const TrainingSample drawn = augment_own_size(loaded, config, at(0, i, 0));
      const auto changed = [&](std::int64_t c) {
        return !std::ranges::equal(drawn.channel(c), loaded.channel(c));
      };
      first += changed(0) ? 1 : 0;
      both += changed(0) && changed(1) ? 1 : 0;
    }
    expect_share(first, kDraws, acts * chosen);
    expect_share(both, kDraws, acts * chosen * chosen);
  }
}

struct Pose {
  double angle_rad;
  double scale;
};

/// Reads angle and scale off the slopes that two ramps, along y and x, have in the patch's middle.
std::vector<Pose> draw_poses(const Config& config, Shape2 patch) {
  TrainingSample ramps = image_of({61, 61}, [](int y, int) { return y - 30; });
  const TrainingSample along_x = image_of({61, 61}, [](int, int x) { return x - 30; });
  ramps.channels = 2;
  ramps.image.insert(ramps.image.end(), along_x.image.begin(), along_x.image.end());
  std::vector<Pose> poses;
  for (int i = 0; i < kDraws; ++i) {
    const TrainingSample drawn = augment(ramps, patch, config, {}, 3, at(0, 0, i));
    const auto middle = static_cast<std::size_t>(patch.height / 2 * patch.width + patch.width / 2);
    const auto below = middle + static_cast<std::size_t>(patch.width);
    const double dy = drawn.channel(0)[below] - drawn.channel(0)[middle];
    const double dx = drawn.channel(1)[below] - drawn.channel(1)[middle];
    poses.push_back({std::atan2(-dx, dy), std::hypot(dx, dy)});
  }
  return poses;
}

TEST(Augment, RotatesAndScalesIndependently) {
  Config config = Config::none();
  config.rotation = Config().rotation;
  config.scaling = Config().scaling;
  int rotated = 0;
  int scaled = 0;
  int both = 0;
  int shrunk = 0;
  for (const Pose& pose : draw_poses(config, {9, 9})) {
    const bool turned = std::abs(pose.angle_rad) > 1e-4;
    const bool sized = std::abs(pose.scale - 1) > 1e-4;
    rotated += turned ? 1 : 0;
    scaled += sized ? 1 : 0;
    both += turned && sized ? 1 : 0;
    shrunk += sized && pose.scale < 1 ? 1 : 0;
    EXPECT_GT(pose.scale, 0.7 - 1e-4);
    EXPECT_LT(pose.scale, 1.4 + 1e-4);
  }
  expect_share(rotated, kDraws, 0.2);
  expect_share(scaled, kDraws, 0.2);
  expect_share(both, kDraws, 0.04);
  expect_share(shrunk, scaled, 0.5);
}

TEST(Augment, RotatesUpToTheAngleThatIsSetOrThePatchsShapeAllows) {
  const auto check = [](double set, Shape2 patch, double limit_degrees) {
    Config config = only_rotation();
    config.rotation.degrees = set;
    int wide = 0;
    int positive = 0;
    for (const Pose& pose : draw_poses(config, patch)) {
      const double degrees = pose.angle_rad * 180 / std::numbers::pi;
      EXPECT_LE(std::abs(degrees), limit_degrees + 1e-3);
      EXPECT_NEAR(pose.scale, 1, 1e-4);
      wide += std::abs(degrees) > limit_degrees / 2 ? 1 : 0;
      positive += degrees > 0 ? 1 : 0;
    }
    expect_share(wide, kDraws, 0.5);
    expect_share(positive, kDraws, 0.5);
  };
  check(0, {9, 9}, 180);
  check(0, {15, 9}, 15);  // longer than 1.5 times its width (spec §4.3)
  check(30, {9, 9}, 30);
}

/// Draws of a parameter fill its range, on either side of 1 equally often where that is the rule.
void expect_drawn_from(const Step& step,
                       double middle,
                       const std::function<double(int draw)>& parameter) {
  const auto [low, high] = step.range;
  int below = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (int i = 0; i < kDraws; ++i) {
    const double value = parameter(i);
    below += value < middle ? 1 : 0;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  const double slack = 1e-4 * (high - low);
  const double fringe = 0.02 * (high - low);
  EXPECT_GE(least, low - slack);
  EXPECT_LT(least, low + fringe);
  EXPECT_LE(most, high + slack);
  EXPECT_GT(most, high - fringe);
  expect_share(below, kDraws, 0.5);
}

TEST(Augment, DrawsBrightnessAndContrastFromTheirRanges) {
  // Mean 0, and the value looked at has room on its way to the largest.
  const TrainingSample loaded =
      image_of({2, 2}, [](int y, int x) { return (2 * y - 1) * (x == 0 ? 0.5 : 1.0); });
  for (Step Config::*step : {&Config::brightness, &Config::contrast}) {
    Config config = only(step);
    (config.*step).range = {0.75, 1.5};
    const bool around_one = step == &Config::contrast;
    expect_drawn_from(config.*step, around_one ? 1 : 1.125, [&](int i) {
      return augment_own_size(loaded, config, at(1, i, 0)).image[2] / 0.5;
    });
  }
}

/// Restoring mean and deviation keeps ratios of differences.
TEST(Augment, DrawsGammaFromItsRange) {
  const TrainingSample loaded = image_of({1, 3}, [](int, int x) { return 3 * x - 2; });
  for (Step Config::*step : {&Config::gamma, &Config::gamma_inverted}) {
    const bool inverted = step == &Config::gamma_inverted;
    const Config config = only(step);
    expect_drawn_from(config.*step, 1, [&](int i) {
      const auto image = augment_own_size(loaded, config, at(i, 0, 0)).image;
      const double share = (image[1] - image[0]) / (image[2] - image[0]);
      return -std::log2(inverted ? 1 - share : share);
    });
  }
}

TEST(Augment, DrawsNoiseAndBlurFromTheirRanges) {
  const TrainingSample impulse =
      image_of({17, 17}, [](int y, int x) { return y == 8 && x == 8 ? 1 : 0; });
  Config config = only(&Config::blur);
  config.blur.channel_probability = 1;
  expect_drawn_from(config.blur, 0.75, [&](int i) {
    const auto image = augment_own_size(impulse, config, at(0, 0, i)).image;
    return std::sqrt(-0.5 / std::log(image[8 * 17 + 9] / image[8 * 17 + 8]));
  });

  // A range of one value, as a sample's deviation tells its own only roughly.
  const TrainingSample black = image_of({101, 101}, [](int, int) { return 0; });
  config = only(&Config::noise);
  config.noise.range = {0.3, 0.3};
  const auto image = augment_own_size(black, config, at(0, 0, 0)).image;
  double sum = 0;
  double squares = 0;
  double neighbours = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    sum += image[i];
    squares += image[i] * image[i];
    neighbours += image[i] * image[i == 0 ? image.size() - 1 : i - 1];
  }
  const auto count = static_cast<double>(image.size());
  EXPECT_NEAR(sum / count, 0, 5 * 0.3 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 0.09, 5 * 0.09 * std::sqrt(2 / count));
  EXPECT_NEAR(neighbours / count, 0, 5 * 0.09 / std::sqrt(count));
}

TEST(Augment, DrawsAnOwnParameterForEachChannel) {
  TrainingSample loaded = random_sample({12, 10}, {0}, 1);
  loaded.channels = 2;
  loaded.image.insert(loaded.image.end(), loaded.image.begin(), loaded.image.end());
  for (const auto& [name, step] : kSteps) {
    Config config = only(step);
    (config.*step).channel_probability = 1;
    config.low_resolution.range = {0.3, 1};
    const auto differ = [&](int i) {
      const TrainingSample drawn = augment_own_size(loaded, config, at(0, i, 0));
      return !std::ranges::equal(drawn.channel(0), drawn.channel(1));
    };
    const bool any = differ(0) || differ(1) || differ(2) || differ(3);
    EXPECT_EQ(any, step != &Config::scaling) << name << ": space is the same for all channels";
  }
}

TEST(Augment, MirrorsEachAxisHalfOfTheTimeImageLabelAndMapTogether) {
  TrainingSample loaded = image_of({2, 3}, [](int y, int x) { return 3 * y + x; });
  for (std::size_t i = 0; i < 6; ++i) loaded.label[i] = static_cast<Label>(i);
  loaded.map_channels = 1;
  loaded.map = loaded.image;
  std::map<std::vector<float>, int> seen;
  for (int i = 0; i < kDraws; ++i) {
    const TrainingSample drawn = augment_own_size(loaded, only_mirror(), at(0, i, 1));
    ++seen[drawn.image];
    EXPECT_EQ(drawn.map, drawn.image);
    EXPECT_TRUE(std::ranges::equal(drawn.label, drawn.image));
  }
  EXPECT_EQ(seen.size(), 4U);
  expect_share(seen[{0, 1, 2, 3, 4, 5}], kDraws, 0.25);
  expect_share(seen[{3, 4, 5, 0, 1, 2}], kDraws, 0.25);
  expect_share(seen[{2, 1, 0, 5, 4, 3}], kDraws, 0.25);
  expect_share(seen[{5, 4, 3, 2, 1, 0}], kDraws, 0.25);
}

TEST(Augment, TakesTheMiddleWhereNothingIsRotatedOrScaled) {
  regionwise::testing::check_property([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(1, 14); };
    const Shape2 from{edge(), edge()};
    const Shape2 patch{edge(), edge()};
    TrainingSample loaded = random_sample(from, {-1, 1, 2});
    loaded.map_channels = 2;
    loaded.map = loaded.image;
    const TrainingSample drawn = augment(loaded, patch, Config::none(), {}, 1, at(0, 0, 0));
    RC_ASSERT(drawn.shape == patch);
    RC_ASSERT(drawn.map == drawn.image);
    const auto start = [](std::int64_t whole, std::int64_t part) {
      return static_cast<std::int64_t>(std::floor(static_cast<double>(whole - part) / 2));
    };
    for (std::int64_t i = 0; i < patch.size(); ++i) {
      const std::int64_t y = i / patch.width + start(from.height, patch.height);
      const std::int64_t x = i % patch.width + start(from.width, patch.width);
      const bool inside = y >= 0 && y < from.height && x >= 0 && x < from.width;
      const auto source = static_cast<std::size_t>(inside ? y * from.width + x : 0);
      const auto out = static_cast<std::size_t>(i);
      for (const std::int64_t c : {0, 1}) {
        RC_ASSERT(drawn.channel(c)[out] == (inside ? loaded.channel(c)[source] : 0));
      }
      RC_ASSERT(drawn.label[out] == (inside ? std::max<Label>(loaded.label[source], 0) : 0));
    }
  });
}

TEST(Augment, InventsNoLabelAndLeavesNoneBelowZero) {
  regionwise::testing::check_property([] {
    const auto edge = [] { return *rc::gen::inRange<std::int64_t>(1, 20); };
    const auto labels = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<Label>>(rc::gen::element<Label>(-1, 0, 1, 3, 7)));
    const TrainingSample loaded = random_sample({edge(), edge()}, labels);
    const Shape2 patch{edge(), edge()};
    const TrainingSample drawn =
        augment(loaded, patch, everything(), {true, false}, 1, at(0, *rc::gen::inRange(0, 99), 0));
    std::set<Label> known(labels.begin(), labels.end());
    known.erase(-1);
    known.insert(0);
    for (const Label label : drawn.label) RC_ASSERT(known.contains(label));
    RC_ASSERT(std::ssize(drawn.label) == patch.size());
    RC_ASSERT(std::ssize(drawn.image) == 2 * patch.size());
    RC_ASSERT(all_finite(drawn));
  });
}

TEST(Augment, ClosesTheMaskOfTheChannelsNormalisedInsideItOnly) {
  TrainingSample loaded = random_sample({15, 12}, {-1, 0, 2});
  loaded.map_channels = 1;
  loaded.map.assign(loaded.label.begin(), loaded.label.end());  // is mirrored but keeps its -1
  Config config = everything();
  config.rotation.probability = 0;
  config.scaling.probability = 0;
  for (int i = 0; i < 20; ++i) {
    const auto draw = [&](const std::vector<bool>& masked) {
      return augment(loaded, {15, 12}, config, masked, 1, at(0, i, 0));
    };
    const TrainingSample open = draw({});
    const TrainingSample closed = draw({true, false});
    EXPECT_EQ(closed.label, open.label);
    EXPECT_TRUE(std::ranges::equal(closed.channel(1), open.channel(1)));
    EXPECT_FALSE(std::ranges::equal(closed.channel(0), open.channel(0)));
    for (std::size_t p = 0; p < closed.label.size(); ++p) {
      const bool outside = closed.map[p] < 0;
      EXPECT_EQ(closed.channel(0)[p], outside ? 0 : open.channel(0)[p]);
      EXPECT_EQ(static_cast<float>(closed.label[p]), outside ? 0 : closed.map[p]);
    }
  }
}

TEST(Augment, ConstantImagesStayFinite) {
  for (const float constant : {0.0F, 1.0F, -3.3F, 1e6F, 1e-20F}) {
    const TrainingSample loaded = image_of({14, 11}, [&](int, int) { return constant; });
    const auto draw = [&](const Config& config, int i) {
      return augment_own_size(loaded, config, at(0, i, 0));
    };
    for (int i = 0; i < 10; ++i) {
      for (const auto& [name, step] : kSteps) {
        EXPECT_TRUE(all_finite(draw(only(step), i))) << name << " of " << constant;
      }
      EXPECT_TRUE(all_finite(draw(only_rotation(), i))) << constant;
      EXPECT_TRUE(all_finite(draw(everything(), i))) << constant;
      for (Step Config::*step : {&Config::blur, &Config::contrast, &Config::low_resolution}) {
        for (const float value : draw(only(step), i).image) {
          EXPECT_NEAR(value, constant, 1e-6 * std::abs(constant));
        }
      }
    }
  }
}

TEST(Augment, RefusesToBendMaps) {
  TrainingSample loaded = random_sample({8, 8}, {0, 1}, 1);
  loaded.map_channels = 1;
  loaded.map = loaded.image;
  EXPECT_THROW(augment_own_size(loaded, only_rotation(), at(0, 0, 0)), UsageError);
  EXPECT_THROW(augment_own_size(loaded, only(&Config::scaling), at(0, 0, 0)), UsageError);
  EXPECT_EQ(augment_own_size(loaded, only(&Config::noise), at(0, 0, 0)).map, loaded.map);
}

std::string augmentation_refusal(const Json& json) {
  try {
    parse_augmentation(json, "c.json:augmentation");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(AugmentationConfig, DefaultsAreTheReferences) {
  const Json expected = {
      {"rotation", {{"probability", 0.2}, {"degrees", 0.0}}},
      {"scaling", {{"probability", 0.2}, {"range", {0.7, 1.4}}}},
      {"noise", {{"probability", 0.1}, {"range", {0.0, 0.1}}}},
      {"blur", {{"probability", 0.2}, {"range", {0.5, 1.0}}, {"channel-probability", 0.5}}},
      {"brightness", {{"probability", 0.15}, {"range", {0.75, 1.25}}}},
      {"contrast", {{"probability", 0.15}, {"range", {0.75, 1.25}}}},
      {"low-resolution",
       {{"probability", 0.25},
        {"range", {0.5, 1.0}},
        {"channel-probability", 0.5},
        {"kernel", "catmull-rom"}}},
      {"gamma-inverted", {{"probability", 0.1}, {"range", {0.7, 1.5}}}},
      {"gamma", {{"probability", 0.3}, {"range", {0.7, 1.5}}}},
      {"mirror", true}};
  EXPECT_EQ(to_json(Config()), expected);
}

TEST(AugmentationConfig, ShortFormsAreWhatTheySay) {
  EXPECT_EQ(to_json(parse_augmentation("nnunet", "test")), to_json(Config()));
  EXPECT_EQ(to_json(parse_augmentation(Json::object(), "test")), to_json(Config()));
  const Config none = parse_augmentation("none", "test");
  Config mirror = parse_augmentation("mirror", "test");
  for (const auto& [name, step] : kSteps) {
    EXPECT_EQ((none.*step).probability, 0) << name;
    EXPECT_EQ((mirror.*step).probability, 0) << name;
    EXPECT_GT((Config().*step).probability, 0) << name;
  }
  EXPECT_EQ(none.rotation.probability, 0);
  EXPECT_FALSE(none.mirror);
  EXPECT_FALSE(none.any_spatial());
  EXPECT_TRUE(mirror.mirror);
  mirror.mirror = false;
  EXPECT_EQ(to_json(mirror), to_json(none));
  EXPECT_TRUE(Config().any_spatial());
}

TEST(AugmentationConfig, SurvivesTheWayThroughJson) {
  regionwise::testing::check_property([] {
    const auto share = [] { return *rc::gen::inRange(0, 101) / 100.0; };
    Config config;
    config.rotation = {share(), 180 * share()};
    for (const auto& [name, step] : kSteps) {
      const double least = step == &Config::low_resolution ? 0.01 : 0.5;
      (config.*step).probability = share();
      (config.*step).range = {least + 0.49 * share(), 1};
    }
    config.blur.channel_probability = share();
    config.low_resolution.channel_probability = share();
    config.low_resolution_kernel = *rc::gen::element(Kernel::catmull_rom, Kernel::cubic_bspline);
    config.mirror = *rc::gen::arbitrary<bool>();
    const Config read = parse_augmentation(to_json(config), "test");
    RC_ASSERT(to_json(read) == to_json(config));
    for (const auto& [name, step] : kSteps) {
      RC_ASSERT((read.*step).probability == (config.*step).probability);
      RC_ASSERT((read.*step).range.low == (config.*step).range.low);
      RC_ASSERT((read.*step).channel_probability == (config.*step).channel_probability);
    }
    RC_ASSERT(read.rotation.degrees == config.rotation.degrees);
    RC_ASSERT(read.low_resolution_kernel == config.low_resolution_kernel);
    RC_ASSERT(read.mirror == config.mirror);
  });
}

TEST(AugmentationConfig, RefusesWhatItDoesNotKnowNamingThePlace) {
  const std::pair<Json, std::string> wrong[] = {
      {"flip", "augmentation: unknown augmentation \"flip\""},
      {{{"elastic", Json::object()}}, "augmentation.elastic: unknown key"},
      {{{"rotation", {{"radians", 1}}}}, "augmentation.rotation.radians: unknown key"},
      {{{"blur", {{"sigma", 1}}}}, "augmentation.blur.sigma: unknown key"},
      {{{"noise", {{"channel-probability", 0.5}}}}, "noise.channel-probability: unknown key"},
      {{{"blur", {{"kernel", "catmull-rom"}}}}, "augmentation.blur.kernel: unknown key"},
      {{{"low-resolution", {{"kernel", "cubic-bspline"}}}},
       "low-resolution.kernel: expected catmull-rom or cubic-b-spline, found cubic-bspline"},
      {{{"mirror", 1}}, "augmentation.mirror: unexpected value 1"},
      {{{"noise", {{"probability", "0.1"}}}}, "augmentation.noise.probability: unexpected value"},
      {{{"noise", {{"range", 0.1}}}}, "augmentation.noise.range: expected two numbers"},
      {{{"noise", {{"range", {0.1}}}}}, "augmentation.noise.range: expected two numbers"},
      {{{"noise", {{"range", {0, "1"}}}}}, "augmentation.noise.range: expected two numbers"},
      {7, "c.json:augmentation"},
      {Json::array({"mirror"}), "c.json:augmentation"},
      {{{"gamma", 0.3}}, "c.json:augmentation.gamma"}};
  for (const auto& [json, message] : wrong) {
    EXPECT_NE(augmentation_refusal(json).find(message), std::string::npos)
        << json << ": " << augmentation_refusal(json);
  }
}

TEST(AugmentationConfig, RefusesValuesOutOfRange) {
  const auto step = [](const char* name, const Json& values) { return Json{{name, values}}; };
  for (const auto& [name, member] : kSteps) {
    for (const double probability : {-0.1, 1.1}) {
      EXPECT_NE(augmentation_refusal(step(name.c_str(), {{"probability", probability}})).find(name),
                std::string::npos);
    }
    for (const Json& range : {Json{1.2, 0.9}, Json{-1, 1}, Json{1, 1e9}}) {
      EXPECT_NE(augmentation_refusal(step(name.c_str(), {{"range", range}}))
                    .find("." + name + ": \"range\""),
                std::string::npos)
          << range;
    }
  }
  for (const char* name : {"scaling", "contrast", "gamma", "gamma-inverted"}) {
    EXPECT_NE(augmentation_refusal(step(name, {{"range", {0.5, 0.9}}})).find("must hold 1"),
              std::string::npos);
    EXPECT_NE(augmentation_refusal(step(name, {{"range", {1.1, 1.2}}})).find("must hold 1"),
              std::string::npos);
    EXPECT_EQ(augmentation_refusal(step(name, {{"range", {1, 1}}})), "accepted");
  }
  EXPECT_NE(augmentation_refusal(step("low-resolution", {{"range", {0.5, 1.5}}})), "accepted");
  EXPECT_NE(augmentation_refusal(step("blur", {{"range", {0, 1}}})), "accepted");
  EXPECT_NE(augmentation_refusal(step("blur", {{"channel-probability", 2}})), "accepted");
  EXPECT_NE(augmentation_refusal(step("rotation", {{"probability", -1}})), "accepted");
  EXPECT_NE(augmentation_refusal(step("rotation", {{"degrees", 181}})), "accepted");
  EXPECT_NE(augmentation_refusal(step("rotation", {{"degrees", -1}})), "accepted");
}

TEST(AugmentationConfig, CheckRefusesNumbersThatAreNoneAndBentMaps) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [](const std::function<void(Config&)>& change) {
    Config config;
    change(config);
    EXPECT_THROW(config.check("test", false), UsageError);
  };
  refuses([&](Config& config) { config.rotation.probability = nan; });
  refuses([&](Config& config) { config.rotation.degrees = nan; });
  for (const auto& [name, step] : kSteps) {
    refuses([&, step = step](Config& config) { (config.*step).probability = nan; });
    refuses([&, step = step](Config& config) { (config.*step).channel_probability = nan; });
    refuses([&, step = step](Config& config) { (config.*step).range.low = nan; });
    refuses([&, step = step](Config& config) { (config.*step).range.high = nan; });
  }
  EXPECT_NO_THROW(Config().check("test", false));
  EXPECT_THROW(Config().check("test", true), UsageError);
  EXPECT_THROW(only_rotation().check("test", true), UsageError);
  EXPECT_THROW(only(&Config::scaling).check("test", true), UsageError);
  EXPECT_NO_THROW(only_mirror().check("test", true));
}

/// Single operations of the reference on one sample; what they did stands in their names.
class GoldenAugmentation : public ::testing::Test {
 protected:
  struct Operation {
    std::string path;
    std::vector<double> numbers;  ///< In the name's order.
    std::set<std::string> words;  ///< The name's others, but the first.
  };

  GoldenAugmentation() : file_(regionwise::testing::golden_file("misc.h5")) {
    input_ = read_sample("augment");
  }

  /// `group` holds data [1, channels, height, width] and seg [1, 1, height, width].
  TrainingSample read_sample(const std::string& group) const {
    const storage::Extents extents = file_.extents(group + "/data");
    TrainingSample sample;
    sample.channels = extents.at(1);
    sample.shape = {extents.at(2), extents.at(3)};
    sample.image = file_.read<float>(group + "/data");
    const Shape2 shape = sample.shape;
    for (const float label : file_.read<float>(group + "/seg", {1, 1, shape.height, shape.width})) {
      sample.label.push_back(static_cast<Label>(label));
    }
    return sample;
  }

  /// All of one kind, of which there must be some.
  std::vector<Operation> operations(const std::string& kind) const {
    std::vector<Operation> found;
    for (const std::string& name : file_.children("augment")) {
      std::istringstream parts(name);
      std::string part;
      std::getline(parts, part, '_');
      if (part != kind) continue;
      Operation operation{"augment/" + name, {}, {}};
      while (std::getline(parts, part, '_')) {
        char* end = nullptr;
        const double number = std::strtod(part.c_str(), &end);
        if (*end == '\0') {
          operation.numbers.push_back(number);
        } else {
          operation.words.insert(part);
        }
      }
      found.push_back(operation);
    }
    EXPECT_FALSE(found.empty()) << "no " << kind << " in " << file_.path();
    return found;
  }

  /// Applies vary(channel, its index) to the first channels, as many as the reference wrote.
  void compare_channels(const Operation& operation,
                        const std::function<void(std::span<float>, std::size_t)>& vary) const {
    SCOPED_TRACE(operation.path);
    const auto expected = file_.read<float>(operation.path);
    TrainingSample sample = input_;
    const auto pixels = static_cast<std::size_t>(sample.shape.size());
    ASSERT_GE(expected.size(), pixels);
    ASSERT_LE(expected.size(), sample.image.size());
    for (std::size_t c = 0; c < expected.size() / pixels; ++c) {
      vary(sample.channel(static_cast<std::int64_t>(c)), c);
    }
    expect_near(std::span(sample.image).first(expected.size()), expected);
    EXPECT_FALSE(std::ranges::equal(expected, std::span(input_.image).first(expected.size())));
  }

  static void expect_near(std::span<const float> image, std::span<const float> expected) {
    ASSERT_EQ(image.size(), expected.size());
    for (std::size_t i = 0; i < image.size(); ++i) ASSERT_NEAR(image[i], expected[i], 2e-5) << i;
  }

  storage::Hdf5Reader file_;
  TrainingSample input_;
};

TEST_F(GoldenAugmentation, Blur) {
  for (const Operation& operation : operations("blur")) {
    const double sigma = file_.real_attribute(operation.path, "sigma");
    compare_channels(operation, [&](std::span<float> channel, std::size_t) {
      blur(channel, input_.shape, sigma);
    });
  }
}

TEST_F(GoldenAugmentation, Brightness) {
  for (const Operation& operation : operations("brightness")) {
    ASSERT_EQ(std::ssize(operation.numbers), input_.channels) << operation.path;
    compare_channels(operation, [&](std::span<float> channel, std::size_t c) {
      scale_brightness(channel, operation.numbers[c]);
    });
  }
}

TEST_F(GoldenAugmentation, Contrast) {
  for (const Operation& operation : operations("contrast")) {
    const double factor = operation.numbers.at(0);
    compare_channels(
        operation, [&](std::span<float> channel, std::size_t) { scale_contrast(channel, factor); });
  }
}

TEST_F(GoldenAugmentation, LowResolution) {
  std::set<Kernel> compared;
  for (const Operation& operation : operations("lowres")) {
    const Kernel kernel =
        operation.words.contains("sk018") ? Kernel::catmull_rom : Kernel::cubic_bspline;
    const double zoom = operation.numbers.at(0);
    compare_channels(operation, [&](std::span<float> channel, std::size_t) {
      lower_resolution(channel, input_.shape, zoom, kernel);
    });
    compared.insert(kernel);
  }
  EXPECT_EQ(compared.size(), 2U);
}

TEST_F(GoldenAugmentation, Gamma) {
  std::set<bool> compared;
  for (const Operation& operation : operations("gamma")) {
    const bool inverted = operation.words.contains("inv");
    ASSERT_NE(inverted, operation.words.contains("noinv")) << operation.path;
    const double gamma = operation.numbers.at(0);
    compare_channels(operation, [&](std::span<float> channel, std::size_t) {
      correct_gamma(channel, gamma, inverted);
    });
    compared.insert(inverted);
  }
  EXPECT_EQ(compared.size(), 2U);
}

TEST_F(GoldenAugmentation, RotationAndScaling) {
  int cropped = 0;
  int warped = 0;
  for (const Operation& operation : operations("spatial")) {
    SCOPED_TRACE(operation.path);
    const TrainingSample expected = read_sample(operation.path);
    const double angle = file_.real_attribute(operation.path, "angle");
    const double scale = file_.real_attribute(operation.path, "scale");
    const bool neither = std::isnan(angle) && std::isnan(scale);
    (neither ? cropped : warped) += 1;
    const TrainingSample patch = neither ? centre_crop(input_, expected.shape)
                                         : rotate_and_scale(input_,
                                                            expected.shape,
                                                            std::isnan(angle) ? 0 : angle,
                                                            std::isnan(scale) ? 1 : scale);
    expect_near(patch.image, expected.image);
    ASSERT_EQ(patch.label.size(), expected.label.size());
    std::size_t differ = 0;
    for (std::size_t i = 0; i < patch.label.size(); ++i) {
      differ += patch.label[i] != expected.label[i] ? 1 : 0;
    }
    EXPECT_LE(differ, patch.label.size() / 1000);
  }
  EXPECT_GT(cropped, 0);
  EXPECT_GT(warped, 0);
}

}  // namespace
}  // namespace regionwise::training

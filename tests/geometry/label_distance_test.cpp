#include "geometry/label_distance.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "geometry/distance_transform.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::geometry {
namespace {

constexpr int kClasses = 4;
/// Images per random case: many cost little, and shrinking works on the shape.
constexpr int kImages = 20;

/// Noise, some of it coarse along x, in some of the classes; one class may have all but one pixel.
Volume<Label> noisy_labels(const Shape3& shape, std::mt19937& random) {
  Volume<Label> labels(shape);
  const int classes = std::uniform_int_distribution(1, kClasses)(random);
  const int stay = std::uniform_int_distribution(0, 40)(random);
  std::int64_t left = 0;
  Label label = 0;
  for (Label& value : labels.values) {
    if (left-- <= 0) {
      label = static_cast<Label>(std::uniform_int_distribution(0, classes - 1)(random));
      left = std::uniform_int_distribution(0, stay)(random);
    }
    value = label;
  }
  if (random() % 8 == 0) {
    std::fill(labels.values.begin(), labels.values.end(), Label{0});
    labels.values[random() % labels.values.size()] = 1;
  }
  return labels;
}

Volume<std::uint8_t> mask_of(const Volume<Label>& labels, auto belongs) {
  Volume<std::uint8_t> mask(labels.shape);
  std::transform(labels.values.begin(), labels.values.end(), mask.values.begin(), belongs);
  return mask;
}

/// Compares with the simple transform of each label's mask; `simple` is that, `equal` the measure.
template <class T, class Simple, class Equal>
void expect_simple(LabelDistance<T>& fast,
                   const Volume<Label>& labels,
                   Simple simple,
                   Equal equal) {
  fast.load(labels.view());
  const auto size = static_cast<std::int64_t>(labels.values.size());
  for (Label k = 0; k < kClasses; ++k) {
    const auto pixels = std::count(labels.values.begin(), labels.values.end(), k);
    RC_ASSERT(fast.pixels(k) == pixels);
    if (pixels == 0) continue;
    const auto to = fast.to(k);
    const auto expected = simple(mask_of(labels, [k](Label label) { return label == k; }));
    for (std::int64_t i = 0; i < size; ++i) RC_ASSERT(equal(to[i], expected[i]));
    if (pixels == size) continue;
    const auto another = fast.to_another();
    const auto inside = simple(mask_of(labels, [k](Label label) { return label != k; }));
    T deepest = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      if (labels.values[i] != k) continue;
      RC_ASSERT(equal(another[i], inside[i]));
      deepest = std::max(deepest, another[i]);
    }
    RC_ASSERT(fast.deepest(k) == deepest);
  }
}

/// The same object measures all images, as it would a batch.
void expect_exact(const Shape3& shape) {
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  LabelDistance<std::int32_t> in_pixels;
  LabelDistance<double> in_doubles;
  const auto simple = [](const auto& mask) { return squared_distances(mask.view()); };
  const auto equal = [](auto a, auto b) { return a == static_cast<decltype(a)>(b); };
  for (int image = 0; image < kImages; ++image) {
    const Volume<Label> labels = noisy_labels(shape, random);
    expect_simple(in_pixels, labels, simple, equal);
    expect_simple(in_doubles, labels, simple, equal);
  }
}

RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformInSmallImages, ()) {
  expect_exact(*testing::any_shape(1, 20));
}

RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformInStrips, ()) {
  const std::int64_t length = *testing::uniform<std::int64_t>(1, 130);
  const std::int64_t across = *testing::uniform<std::int64_t>(1, 4);
  const Shape3 tall{1, length, across};
  const Shape3 wide{1, across, length};
  const Shape3 deep{length, across, 1};
  expect_exact(*rc::gen::element(tall, wide, deep));
}

RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformInVolumes, ()) {
  expect_exact(*testing::any_shape(6, 9));
}

RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformOfRegions, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(1, 130), kClasses);
  LabelDistance<std::int32_t> fast;
  expect_simple(
      fast,
      labels,
      [](const auto& mask) { return squared_distances(mask.view()); },
      [](std::int32_t a, std::int64_t b) { return a == b; });
}

/// Rows alike above and below a band of noise: there only sites nearest to the row before count.
RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformFarFromAllSites, ()) {
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  const Shape3 shape{1, *testing::uniform<std::int64_t>(97, 160), *testing::uniform(1, 130)};
  Volume<Label> labels = noisy_labels(shape, random);
  const auto row = [&](std::int64_t y) { return labels.values.begin() + y * shape.width; };
  const std::int64_t first = *testing::uniform<std::int64_t>(0, shape.height);
  const std::int64_t last = *testing::uniform<std::int64_t>(first, shape.height);
  const bool plain = *rc::gen::arbitrary<bool>();
  const auto spread = [&](std::int64_t from, std::int64_t begin, std::int64_t end) {
    if (plain) std::fill(row(from), row(from + 1), Label{0});
    for (std::int64_t y = begin; y < end; ++y) {
      if (y != from) std::copy(row(from), row(from + 1), row(y));
    }
  };
  spread(first, 0, first);
  spread(last, last, shape.height);
  LabelDistance<std::int32_t> fast;
  expect_simple(
      fast,
      labels,
      [](const auto& mask) { return squared_distances(mask.view()); },
      [](auto a, auto b) { return a == static_cast<decltype(a)>(b); });
}

RC_GTEST_PROP(LabelDistance, EqualsTheSimpleTransformInMillimetres, ()) {
  const Shape3 shape = *testing::any_shape(5, 9);
  const Spacing3 spacing = testing::any_spacing();
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  LabelDistance<double> fast(spacing);
  for (int image = 0; image < kImages; ++image) {
    expect_simple(
        fast,
        noisy_labels(shape, random),
        [&](const auto& mask) { return squared_distances_mm(mask.view(), spacing); },
        [](double a, double b) { return std::abs(a - b) <= 1e-12 * b; });
  }
}

TEST(LabelDistance, ReachesAcrossTheLargestSmallImageAndBeyond) {
  for (const std::int64_t side : {31, 32, 33, 64, 95, 96, 97, 200}) {
    Volume<Label> labels({1, side, side});
    labels.at(0, 0, 0) = 1;
    LabelDistance<std::int32_t> distance;
    distance.load(labels.view());
    EXPECT_EQ(distance.to_another().back(), 2 * (side - 1) * (side - 1)) << side;
    EXPECT_EQ(distance.deepest(0), 2 * (side - 1) * (side - 1)) << side;
    EXPECT_EQ(distance.deepest(1), 1) << side;
    EXPECT_EQ(distance.to(1).back(), 2 * (side - 1) * (side - 1)) << side;
  }
}

TEST(LabelDistance, MeasuresLongLinesInIntegersWhileTheyFit) {
  const Shape3 longest{1, 1, 16383};
  EXPECT_TRUE(LabelDistance<std::int32_t>::fits(longest));
  EXPECT_FALSE(LabelDistance<std::int32_t>::fits({1, 1, 16384}));
  EXPECT_TRUE(LabelDistance<double>::fits({1, 1, 16384}));
  for (const Shape3& shape : {longest, Shape3{1, 16383, 1}, Shape3{16383, 1, 1}}) {
    Volume<Label> labels(shape);
    labels.values[0] = 1;
    LabelDistance<std::int32_t> distance;
    distance.load(labels.view());
    EXPECT_EQ(distance.to_another().back(), 16382 * 16382);
  }
}

TEST(LabelDistance, ListsTheRunsOfEachRow) {
  Volume<Label> labels({1, 2, 12}, 2);
  labels.at(0, 0, 11) = 1;
  LabelDistance<std::int32_t> distance;
  distance.load(labels.view());
  ASSERT_EQ(distance.runs(0).size(), 2u);
  EXPECT_EQ(distance.runs(0)[0].end, 11);
  EXPECT_EQ(distance.runs(0)[1].begin, 11);
  EXPECT_EQ(distance.runs(0)[1].label, 1);
  EXPECT_EQ(distance.runs(1).size(), 1u);
}

}  // namespace
}  // namespace regionwise::geometry

// What holds for every map of the index: a new map is tested by these before its own tests.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "maps/map.hpp"
#include "support/map_of.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using testing::map_of;

constexpr int kClasses = 4;

Volume<Label> any_volume() {
  return testing::any_labels(*testing::any_shape(3, 9), kClasses);
}

Json any_dimensions(const MapEntry& entry) {
  return {{"name", entry.name}, {"dimensions", *rc::gen::element(2, 3)}};
}

/// Moves every voxel to where `place(z, y, x)` says, in each of the volumes that `values` holds one
/// after the other.
template <class T, class Place>
std::vector<T> rearranged(const std::vector<T>& values,
                          const Shape3& from,
                          const Shape3& to,
                          Place place) {
  std::vector<T> result(values.size());
  for (std::int64_t start = 0; start < std::ssize(values); start += from.size()) {
    for (std::int64_t i = 0; i < from.size(); ++i) {
      const auto [z, y, x] =
          place(i / from.slice_size(), i / from.width % from.height, i % from.width);
      result[start + (z * to.height + y) * to.width + x] = values[start + i];
    }
  }
  return result;
}

using Place = std::array<std::int64_t, 3>;

TEST(EveryMap, IsDescribed) {
  EXPECT_GE(all_maps().size(), 5u);
  EXPECT_TRUE(std::is_sorted(all_maps().begin(),
                             all_maps().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const MapEntry& entry : all_maps()) {
    EXPECT_FALSE(entry.citation.empty()) << entry.name;
    EXPECT_FALSE(entry.formula.empty()) << entry.name;
    for (const OptionDoc& option : entry.options)
      EXPECT_FALSE(option.meaning.empty()) << option.name;
  }
}

TEST(EveryMap, RefusesAnUnknownOption) {
  for (const MapEntry& entry : all_maps()) {
    const Json description = {{"name", entry.name}, {"no-such-option", 1}};
    EXPECT_THROW(MapSpecification(description, "map"), UsageError) << entry.name;
  }
}

TEST(EveryMap, ResolvesToADescriptionOfItself) {
  for (const MapEntry& entry : all_maps()) {
    const Json resolved = MapSpecification({{"name", entry.name}}, "map").resolved();
    EXPECT_EQ(MapSpecification(resolved, "map").resolved(), resolved);
    for (const OptionDoc& option : entry.options) {
      const bool newer = option.name == "inside-offset";  // files from before it lack it
      EXPECT_NE(resolved.contains(option.name), newer) << option.name;
    }
    for (const OptionDoc& option : map_settings_docs()) EXPECT_TRUE(resolved.contains(option.name));
  }
}

RC_GTEST_PROP(EveryMap, IsFinite, ()) {
  const Volume<Label> labels = any_volume();
  for (const MapEntry& entry : all_maps()) {
    for (const double z : map_of(any_dimensions(entry), labels, kClasses))
      RC_ASSERT(std::isfinite(z));
  }
}

RC_GTEST_PROP(EveryMap, FlipsWithItsLabels, ()) {
  const Volume<Label> labels = any_volume();
  const Shape3 shape = labels.shape;
  const bool flip_z = *rc::gen::arbitrary<bool>();
  const bool flip_y = *rc::gen::arbitrary<bool>();
  const bool flip_x = *rc::gen::arbitrary<bool>();
  const auto flip = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
    return Place{flip_z ? shape.depth - 1 - z : z,
                 flip_y ? shape.height - 1 - y : y,
                 flip_x ? shape.width - 1 - x : x};
  };
  Volume<Label> flipped = labels;
  flipped.values = rearranged(labels.values, shape, shape, flip);
  for (const MapEntry& entry : all_maps()) {
    const Json description = any_dimensions(entry);
    RC_ASSERT(map_of(description, flipped, kClasses) ==
              rearranged(map_of(description, labels, kClasses), shape, shape, flip));
  }
}

RC_GTEST_PROP(EveryMap, TransposesWithItsLabels, ()) {
  const Volume<Label> labels = any_volume();
  const Shape3 shape = labels.shape;
  const Shape3 turned{shape.depth, shape.width, shape.height};
  const auto transpose = [](std::int64_t z, std::int64_t y, std::int64_t x) {
    return Place{z, x, y};
  };
  Volume<Label> transposed(turned);
  transposed.values = rearranged(labels.values, shape, turned, transpose);
  for (const MapEntry& entry : all_maps()) {
    const Json description = any_dimensions(entry);
    RC_ASSERT(map_of(description, transposed, kClasses) ==
              rearranged(map_of(description, labels, kClasses), shape, turned, transpose));
  }
}

RC_GTEST_PROP(EveryMap, TreatsAllClassesAlike, ()) {
  const Volume<Label> labels = any_volume();
  std::vector<Label> renamed_as(kClasses);
  std::iota(renamed_as.begin(), renamed_as.end(), Label{0});
  const int turns = *testing::uniform(0, 24);
  for (int turn = 0; turn < turns; ++turn)
    std::next_permutation(renamed_as.begin(), renamed_as.end());
  Volume<Label> renamed = labels;
  for (Label& label : renamed.values) label = renamed_as[label];
  const std::int64_t size = labels.shape.size();
  for (const MapEntry& entry : all_maps()) {
    const Json description = any_dimensions(entry);
    const auto map = map_of(description, labels, kClasses);
    const auto renamed_map = map_of(description, renamed, kClasses);
    for (int k = 0; k < kClasses; ++k) {
      RC_ASSERT(std::equal(map.begin() + k * size,
                           map.begin() + (k + 1) * size,
                           renamed_map.begin() + renamed_as[k] * size));
    }
  }
}

RC_GTEST_PROP(EveryMap, IsMultipliedByClassWeights, ()) {
  const Volume<Label> labels = any_volume();
  const std::vector<double> weights = {1, 0, 2.5, 0.125};
  const std::int64_t size = labels.shape.size();
  for (const MapEntry& entry : all_maps()) {
    Json description = any_dimensions(entry);
    auto expected = map_of(description, labels, kClasses);
    for (std::int64_t i = 0; i < std::ssize(expected); ++i) expected[i] *= weights[i / size];
    description["class-weights"] = weights;
    RC_ASSERT(map_of(description, labels, kClasses) == expected);
  }
}

RC_GTEST_PROP(EveryMap, TreatsSlicesOfATwoDimensionalMapAsImages, ()) {
  const Volume<Label> labels = any_volume();
  const std::int64_t slice = labels.shape.slice_size();
  for (const MapEntry& entry : all_maps()) {
    const auto map = map_of({{"name", entry.name}}, labels, kClasses);
    for (std::int64_t z = 0; z < labels.shape.depth; ++z) {
      Volume<Label> image({1, labels.shape.height, labels.shape.width});
      std::copy_n(labels.values.begin() + z * slice, slice, image.values.begin());
      const auto in_two = map_of({{"name", entry.name}}, image, kClasses);
      RC_ASSERT(map_of({{"name", entry.name}, {"dimensions", 3}}, image, kClasses) == in_two);
      for (int k = 0; k < kClasses; ++k) {
        RC_ASSERT(std::equal(in_two.begin() + k * slice,
                             in_two.begin() + (k + 1) * slice,
                             map.begin() + (k * labels.shape.depth + z) * slice));
      }
    }
  }
}

RC_GTEST_PROP(EveryMap, TreatsEachSampleOnItsOwn, ()) {
  const Shape3 shape = *testing::any_shape(3, 9);
  const std::int64_t samples = 3;
  LabelBatch batch{{}, samples, shape, kClasses, {1, 1, 1}};
  std::vector<Label> labels;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const Volume<Label> one = testing::any_labels(shape, kClasses);
    labels.insert(labels.end(), one.values.begin(), one.values.end());
  }
  batch.labels = labels;
  for (const MapEntry& entry : all_maps()) {
    const Json description = any_dimensions(entry);
    std::vector<double> expected;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      Volume<Label> one(shape);
      std::copy_n(labels.begin() + sample * shape.size(), shape.size(), one.values.begin());
      const auto map = map_of(description, one, kClasses);
      expected.insert(expected.end(), map.begin(), map.end());
    }
    RC_ASSERT(MapSpecification(description, "map").compute<double>(batch) == expected);
  }
}

/// Discs that move from slice to slice, in the last sample of one class less.
std::vector<Label> many_labels(std::int64_t samples, const Shape3& shape) {
  std::vector<Label> labels;
  for (std::int64_t i = 0; i < samples * shape.size(); ++i) {
    const std::int64_t slice = i / shape.slice_size();
    const std::int64_t y = i / shape.width % shape.height - 30 - 7 * slice;
    const std::int64_t x = i % shape.width - 50 + 3 * slice;
    const auto ring = static_cast<Label>((y * y + x * x) / 300 % kClasses);
    labels.push_back(i >= (samples - 1) * shape.size() && ring == 1 ? Label{0} : ring);
  }
  return labels;
}

TEST(EveryMap, IsTheSameOnSeveralThreads) {
  const Shape3 shape{2, 80, 110};
  const std::vector<Label> labels = many_labels(4, shape);
  const LabelBatch batch{labels, 4, shape, kClasses, {1, 1, 1}};
  ASSERT_EQ(MapSpecification::threads_for(batch, 3), 3) << "else one thread does it all";
  for (const MapEntry& entry : all_maps()) {
    for (const int dimensions : {2, 3}) {
      const MapSpecification map({{"name", entry.name}, {"dimensions", dimensions}}, "map");
      const auto expected = map.compute<double>(batch, 1);
      for (const int threads : {2, 3}) {
        EXPECT_EQ(map.compute<double>(batch, threads), expected) << entry.name << threads;
      }
    }
  }
}

TEST(EveryMap, TakesAsManyClassesAsLabelsCanName) {
  constexpr int kMost = 128;
  const Shape3 shape{1, 16, 24};
  Volume<Label> labels(shape);
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    labels.values[i] = static_cast<Label>(i / 3 % kMost);
  }
  // As of the same image with its last classes, which lie three pixels wide, named otherwise.
  Volume<Label> swapped = labels;
  for (Label& label : swapped.values) {
    label = label == 127 ? Label{1} : label == 1 ? Label{127} : label;
  }
  for (const MapEntry& entry : all_maps()) {
    const auto map = map_of({{"name", entry.name}}, labels, kMost);
    const auto other = map_of({{"name", entry.name}}, swapped, kMost);
    const auto channel = [&](const auto& of, int k) {
      const auto begin = of.begin() + k * shape.size();
      return std::vector<double>(begin, begin + shape.size());
    };
    EXPECT_EQ(channel(map, 127), channel(other, 1)) << entry.name;
    EXPECT_EQ(channel(map, 64), channel(other, 64)) << entry.name;
  }
}

RC_GTEST_PROP(EveryMap, InFloatIsTheRoundedDouble, ()) {
  const Volume<Label> labels = any_volume();
  const LabelBatch batch{labels.values, 1, labels.shape, kClasses, {1, 1, 1}};
  for (const MapEntry& entry : all_maps()) {
    const MapSpecification map(any_dimensions(entry), "map");
    const auto in_double = map.compute<double>(batch);
    RC_ASSERT(map.compute<float>(batch) == std::vector<float>(in_double.begin(), in_double.end()));
  }
}

RC_GTEST_PROP(EveryMap, InMillimetresOfOneIsTheOneInPixels, ()) {
  const Volume<Label> labels = any_volume();
  for (const MapEntry& entry : all_maps()) {
    Json description = any_dimensions(entry);
    description["full-class"] = *rc::gen::element("standard", "reference");
    const auto in_pixels = map_of(description, labels, kClasses);
    description["unit"] = "mm";
    const auto in_mm = map_of(description, labels, kClasses);
    for (std::size_t i = 0; i < in_mm.size(); ++i)
      RC_ASSERT(std::abs(in_mm[i] - in_pixels[i]) <= 1e-9);
  }
}

/// The values of the classes that a pixel has not, where they are not all equal.
bool wrong_classes_differ(const std::vector<double>& map, const Volume<Label>& labels) {
  const std::int64_t size = labels.shape.size();
  for (std::int64_t i = 0; i < size; ++i) {
    std::vector<double> wrong;
    for (int k = 0; k < kClasses; ++k) {
      if (k != labels.values[i]) wrong.push_back(map[k * size + i]);
    }
    if (std::adjacent_find(wrong.begin(), wrong.end(), std::not_equal_to<>()) != wrong.end())
      return true;
  }
  return false;
}

RC_GTEST_PROP(EveryMap, WithSafeSignsGivesWrongClassesOneValue, ()) {
  const Volume<Label> labels = any_volume();
  const std::int64_t size = labels.shape.size();
  for (const MapEntry& entry : all_maps()) {
    if (!entry.safe_signs) continue;
    const auto map = map_of(any_dimensions(entry), labels, kClasses);
    RC_ASSERT(!wrong_classes_differ(map, labels));
    for (std::int64_t i = 0; i < std::ssize(map); ++i) {
      const bool right = labels.values[i % size] == i / size;
      RC_ASSERT((right ? map[i] <= 0 : map[i] >= 0));
    }
  }
}

TEST(EveryMap, WithoutSafeSignsGivesThemSeveral) {
  const Volume<Label> labels = testing::row({0, 1, 2, 3});
  for (const MapEntry& entry : all_maps()) {
    if (entry.safe_signs) continue;
    EXPECT_TRUE(wrong_classes_differ(map_of({{"name", entry.name}}, labels, kClasses), labels))
        << entry.name;
  }
}

}  // namespace
}  // namespace regionwise::maps

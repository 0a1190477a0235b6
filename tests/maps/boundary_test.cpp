#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "maps/map.hpp"
#include "support/map_of.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

using testing::map_of;
using testing::row;

using Values = std::vector<double>;

Json boundary() {
  return {{"name", "boundary"}};
}
Json quirky() {
  return {{"name", "boundary"}, {"reference-quirks", true}};
}

TEST(BoundaryMap, IsNegativeInsideAndPositiveOutside) {
  EXPECT_EQ(map_of(boundary(), row({0, 0, 1, 1, 1, 0}), 2),
            (Values{-2, -1, 1, 2, 1, -1, 2, 1, -1, -2, -1, 1}));
}

TEST(BoundaryMap, IsZeroForAbsentAndForFullClasses) {
  EXPECT_EQ(map_of(boundary(), row({1, 1}), 3), Values(6, 0));
}

TEST(BoundaryMap, MeasuresInMillimetresIfAsked) {
  Json description = boundary();
  description["unit"] = "mm";
  EXPECT_EQ(map_of(description, row({0, 0, 1}), 2, {1, 1, 2.5}),
            (Values{-5, -2.5, 2.5, 5, 2.5, -2.5}));
}

TEST(BoundaryMap, MayMeasureInsideFromTheBorderOfTheClass) {
  Json description = {{"name", "boundary"}, {"inside-offset", 1}};
  EXPECT_EQ(map_of(description, row({0, 0, 1, 1, 1, 0}), 2),
            (Values{-1, 0, 1, 2, 1, 0, 2, 1, 0, -1, 0, 1}));
  EXPECT_EQ(map_of(description, row({1, 1}), 3), Values(6, 0)) << "absent and full";
  description["unit"] = "mm";
  EXPECT_EQ(map_of(description, row({0, 0, 1}), 2, {1, 1, 2.5}),
            (Values{-4, -1.5, 2.5, 5, 2.5, -1.5}));
  description["class-weights"] = {1, 2};
  EXPECT_EQ(map_of(description, row({0, 0, 1}), 2, {1, 1, 2.5}),
            (Values{-4, -1.5, 2.5, 10, 5, -3}));
}

TEST(BoundaryMap, FollowsEquation3UnlessAskedOtherwise) {
  Json description = {{"name", "boundary"}, {"inside-offset", 0}};
  const MapSpecification zero(description, "map");
  EXPECT_EQ(map_of(description, row({0, 0, 1, 1, 1, 0}), 2),
            map_of(boundary(), row({0, 0, 1, 1, 1, 0}), 2));
  EXPECT_EQ(zero.resolved(), MapSpecification(boundary(), "map").resolved())
      << "also as files describe it";
  description["inside-offset"] = 1;
  EXPECT_EQ(MapSpecification(description, "map").resolved()["inside-offset"], 1);
  for (const Json& wrong : {Json(2), Json(-1), Json(0.5), Json("1")}) {
    description["inside-offset"] = wrong;
    EXPECT_THROW(MapSpecification(description, "map"), Error) << wrong;
  }
}

RC_GTEST_PROP(BoundaryMap, OfTwoClassesIsOppositeInTheTwo, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(3, 9), 2);
  const Values map = map_of(boundary(), labels, 2);
  const std::size_t size = labels.values.size();
  for (std::size_t i = 0; i < size; ++i) RC_ASSERT(map[i] == -map[size + i]);
}

RC_GTEST_PROP(BoundaryMap, EqualsEquation3ByBruteForce, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(4, 7), 3);
  const Shape3 shape = labels.shape;
  const Spacing3 spacing = testing::any_spacing();
  const Json description = {{"name", "boundary"}, {"dimensions", 3}, {"unit", "mm"}};
  const Values map = map_of(description, labels, 3, spacing);
  const std::int64_t size = shape.size();
  const auto distance = [&](std::int64_t i, std::int64_t j) {
    return std::hypot(
        static_cast<double>(i / shape.slice_size() - j / shape.slice_size()) * spacing[0],
        static_cast<double>(i / shape.width % shape.height - j / shape.width % shape.height) *
            spacing[1],
        static_cast<double>(i % shape.width - j % shape.width) * spacing[2]);
  };
  for (Label k = 0; k < 3; ++k) {
    const auto pixels = std::count(labels.values.begin(), labels.values.end(), k);
    for (std::int64_t i = 0; i < size; ++i) {
      double nearest = std::numeric_limits<double>::infinity();
      for (std::int64_t j = 0; j < size; ++j) {
        if ((labels.values[j] == k) != (labels.values[i] == k))
          nearest = std::min(nearest, distance(i, j));
      }
      const double expected =
          pixels == 0 || pixels == size ? 0 : (labels.values[i] == k ? -nearest : nearest);
      RC_ASSERT(std::abs(map[k * size + i] - expected) <= 1e-12 * (1 + std::abs(expected)));
    }
  }
}

TEST(BoundaryMapOfTheReference, ReusesThePreviousClassWhereOneIsAbsent) {
  // Class 1 is absent: it takes class 0's outside distances.
  EXPECT_EQ(map_of(quirky(), row({0, 2, 2}), 3), (Values{-1, 1, 2, 0, 1, 2, 1, -1, -2}));
}

TEST(BoundaryMapOfTheReference, ReusesThePreviousSampleWhereClass0IsAbsent) {
  const std::vector<Label> labels = {0, 0, 1, 1, 1, 1};
  const LabelBatch batch{labels, 2, {1, 1, 3}, 2, {1, 1, 1}};
  const Values map = MapSpecification(quirky(), "map").compute<double>(batch, 2);
  EXPECT_EQ((Values{map.begin() + 6, map.begin() + 9}), (Values{2, 1, 0}));
}

TEST(BoundaryMapOfTheReference, TakesSlicesForSamples) {
  const Volume<Label> labels = testing::label_volume({2, 1, 3}, {0, 0, 1, 1, 1, 1});
  const Values map = map_of(quirky(), labels, 2);
  EXPECT_EQ((Values{map.begin() + 3, map.begin() + 6}), (Values{2, 1, 0}));
}

TEST(BoundaryMapOfTheReference, FailsWhereTheReferenceFails) {
  EXPECT_THROW(map_of(quirky(), row({1, 2}), 3), DataError);
}

TEST(BoundaryMapOfTheReference, MeasuresAFullClassToAPhantomPixel) {
  const Volume<Label> image({1, 2, 2});
  const Values map = map_of(quirky(), image, 2);
  EXPECT_EQ(map, (Values{-1, -std::sqrt(2), -2, -std::sqrt(5), 0, 0, 0, 0}));
  const Volume<Label> volume({2, 1, 2});
  const Values map_3d =
      map_of({{"name", "boundary"}, {"reference-quirks", true}, {"dimensions", 3}}, volume, 2);
  EXPECT_EQ(map_3d, (Values{-1, -std::sqrt(2), -2, -std::sqrt(5), 0, 0, 0, 0}));
}

TEST(BoundaryMapOfTheReference, MeasuresAFullClassWithTheOffsetToo) {
  Json description = quirky();
  description["inside-offset"] = 1;
  EXPECT_EQ(map_of(description, Volume<Label>({1, 2, 1}), 2), (Values{0, -1, 0, 0}));
}

TEST(BoundaryMapOfTheReference, MayKeepToOneOfTheTwoRules) {
  const Values map = map_of({{"name", "boundary"}, {"full-class", "reference"}}, row({1, 1}), 3);
  EXPECT_EQ(map, (Values{0, 0, -1, -std::sqrt(2), 0, 0}));
}

}  // namespace
}  // namespace regionwise::maps

// The fast maps of distances against the simple ones.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "maps/map.hpp"
#include "support/map_of.hpp"
#include "support/random_volumes.hpp"
#include "support/simple_maps.hpp"

namespace regionwise::maps {
namespace {

constexpr int kSimpleClasses = 4;

RC_GTEST_PROP(MapsOfDistances, EqualTheSimpleOnesBitByBit, ()) {
  const auto shape = *rc::gen::oneOf(testing::any_shape(1, 110), testing::any_shape(5, 9));
  const Volume<Label> labels = testing::any_labels(shape, kSimpleClasses);
  for (const bool rectified : {false, true}) {
    const Json description = {{"name", rectified ? "rectified" : "boundary"}, {"dimensions", 3}};
    const auto expected = testing::simple_map(labels, kSimpleClasses, rectified);
    RC_ASSERT(testing::map_of(description, labels, kSimpleClasses) == expected);
    const LabelBatch batch{labels.values, 1, shape, kSimpleClasses, {1, 1, 1}};
    const auto rounded = MapSpecification(description, "map").compute<float>(batch);
    RC_ASSERT(std::equal(rounded.begin(), rounded.end(), expected.begin(), [](float a, double b) {
      return a == static_cast<float>(b);
    }));
  }
}

RC_GTEST_PROP(MapsOfDistances, EqualTheSimpleOnesInMillimetres, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(5, 9), kSimpleClasses);
  const Spacing3 spacing = testing::any_spacing();
  for (const bool rectified : {false, true}) {
    const Json description = {
        {"name", rectified ? "rectified" : "boundary"}, {"dimensions", 3}, {"unit", "mm"}};
    const auto expected = testing::simple_map(labels, kSimpleClasses, rectified, spacing, true);
    const auto found = testing::map_of(description, labels, kSimpleClasses, spacing);
    RC_ASSERT(std::equal(found.begin(), found.end(), expected.begin(), [](double a, double b) {
      return std::abs(a - b) <= 1e-12 * (1 + std::abs(b));
    }));
  }
}

RC_GTEST_PROP(MapsOfDistances, RoundTheirExactValuesTimesTheWeights, ()) {
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(4, 30), 3);
  const LabelBatch batch{labels.values, 1, labels.shape, 3, {1, 1, 1}};
  for (const char* name : {"boundary", "rectified", "hausdorff"}) {
    const MapSpecification map({{"name", name}, {"class-weights", {0.3, 1.7, 0}}}, "map");
    const auto exact = map.compute<double>(batch);
    const auto rounded = map.compute<float>(batch);
    RC_ASSERT(std::equal(rounded.begin(), rounded.end(), exact.begin(), [](float a, double b) {
      return a == static_cast<float>(b);
    }));
  }
}

}  // namespace
}  // namespace regionwise::maps

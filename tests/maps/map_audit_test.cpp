#include "maps/map_audit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/random.hpp"
#include "support/label_volume.hpp"
#include "support/random_volumes.hpp"

namespace regionwise::maps {
namespace {

MapAudit audit_of(const Json& description,
                  const Volume<Label>& labels,
                  int classes,
                  std::int64_t list = 0,
                  int threads = 1) {
  const LabelBatch batch{labels.values, 1, labels.shape, classes, {2, 1, 1}};
  const auto map = MapSpecification(description, "map").compute<float>(batch);
  return audit_map(batch, map, 3, list, threads);
}

/// Rectangles of random classes on background.
Volume<Label> random_image(RandomStream& random, int classes) {
  Volume<Label> labels({1 + random.integer(2), 1 + random.integer(12), 1 + random.integer(12)});
  for (std::int64_t patch = random.integer(5); patch > 0; --patch) {
    const auto label = static_cast<Label>(random.integer(classes));
    const std::int64_t y0 = random.integer(labels.shape.height);
    const std::int64_t x0 = random.integer(labels.shape.width);
    const std::int64_t height = 1 + random.integer(labels.shape.height - y0);
    const std::int64_t width = 1 + random.integer(labels.shape.width - x0);
    for (std::int64_t z = random.integer(2); z < labels.shape.depth; ++z) {
      for (std::int64_t y = y0; y < y0 + height; ++y) {
        for (std::int64_t x = x0; x < x0 + width; ++x) labels.at(z, y, x) = label;
      }
    }
  }
  return labels;
}

/// Options that multiply all classes alike or change distances.
Json random_options(RandomStream& random, const MapEntry& entry, int classes) {
  Json description = {{"name", entry.name}};
  description["dimensions"] = random.chance(0.5) ? 2 : 3;
  description["unit"] = random.chance(0.5) ? "pixel" : "mm";
  for (const char* rule : {"empty-class", "full-class"}) {
    description[rule] = random.chance(0.5) ? "standard" : "reference";
  }
  if (random.chance(0.5)) description["class-weights"] = std::vector<double>(classes, 0.3);
  for (const OptionDoc& option : entry.options) {
    if (option.fallback.is_number_integer()) {
      description[option.name] = random.integer(2);
    } else {
      description[option.name] = random.uniform(0, 3);
    }
  }
  return description;
}

TEST(MapAudit, FindsEveryMapOfSafeSignsSafe) {
  RandomStream random(7, {.purpose = Purpose::test});
  int safe_maps = 0;
  for (const MapEntry& entry : all_maps()) {
    if (!entry.safe_signs) continue;
    ++safe_maps;
    for (int image = 0; image < 4000; ++image) {
      const int classes = 2 + static_cast<int>(random.integer(5));
      const Volume<Label> labels = random_image(random, classes);
      const Json description = random_options(random, entry, classes);
      const ClassAudit total = audit_of(description, labels, classes).total();
      ASSERT_EQ(total.pixels, labels.shape.size());
      ASSERT_EQ(total.unsafe, 0) << description;
      ASSERT_EQ(total.share_sum + total.change + total.own_sum + total.other_sum, 0) << description;
    }
  }
  EXPECT_GE(safe_maps, 3);  // rectified, active-contour and cao
}

/// One weight per class sets the wrong values apart again.
TEST(MapAudit, FindsASafeMapWithUnequalWeightsUnsafe) {
  const Volume<Label> labels = testing::row({0, 1, 2, 2});
  for (const char* name : {"rectified", "active-contour", "cao"}) {
    const Json description = {{"name", name}, {"class-weights", {1, 2, 4}}};
    EXPECT_EQ(audit_of(description, labels, 3).total().unsafe, 4) << name;
  }
}

TEST(MapAudit, FindsABoundaryMapUnsafeWhereTheDistancesOfWrongClassesDiffer) {
  // Distances: class 0 −1 1 2 3 4, class 1 1 −1 1 2 3, class 2 2 1 −1 −2 −3 (in pixels).
  const Volume<Label> labels = testing::row({0, 1, 2, 2, 2});
  const MapAudit audit = audit_of({{"name", "boundary"}}, labels, 3, 10);
  EXPECT_EQ(audit.classes[0].unsafe, 1);  // 1 against 2
  EXPECT_EQ(audit.classes[1].unsafe, 0);  // 1 and 1
  EXPECT_EQ(audit.classes[2].unsafe, 3);
  // z = [4, 3, −3]: 1 − (3 + 3)/(4 + 3); z = [−1, 1, 2]: 1 − 2/3
  ASSERT_EQ(audit.worst.size(), 4u);
  EXPECT_DOUBLE_EQ(audit.worst.front().share, 1.0 / 3);
  EXPECT_EQ(audit.worst.back().z, (std::vector<float>{4, 3, -3}));
  EXPECT_NEAR(audit.worst.back().share, 1.0 / 7, 1e-15);
  EXPECT_EQ(audit.worst.back().x, 4);
  EXPECT_EQ(audit.worst.back().image, 3);
  EXPECT_EQ(audit.total().change, 0.5);
}

/// Of two classes there is one wrong value.
TEST(MapAudit, FindsMapsOfDistancesOfTwoClassesSafe) {
  RandomStream random(8, {.purpose = Purpose::test});
  for (const char* name : {"boundary", "hausdorff"}) {
    for (int image = 0; image < 1000; ++image) {
      ASSERT_EQ(audit_of({{"name", name}}, random_image(random, 2), 2).total().unsafe, 0) << name;
    }
  }
}

/// Up to four classes go the fast way, more the simple one.
RC_GTEST_PROP(MapAudit, SumsWhatTheSimpleFunctionsSayOfEachPixel, ()) {
  const int classes = *testing::uniform(2, 7);
  const Volume<Label> labels = testing::any_labels(*testing::any_shape(2, 20), classes);
  const std::int64_t size = labels.shape.size();
  std::vector<float> map(static_cast<std::size_t>(classes * size));
  const float scale = *rc::gen::element(1.0F, 0.1F, 1e-38F, 1e37F);
  for (float& value : map) value = scale * static_cast<float>(*testing::uniform(-3, 4));
  const LabelBatch batch{labels.values, 1, labels.shape, classes, {1, 1, 1}};
  MapAudit expected(classes);
  std::vector<UnsafePixel> found;
  for (std::int64_t i = 0; i < size; ++i) {
    std::vector<double> z;
    for (int k = 0; k < classes; ++k) z.push_back(map[k * size + i]);
    const int label = labels.values[i];
    std::vector<double> shares(z.size());
    wrong_sign_shares(z, label, shares);
    ClassAudit& own = expected.classes[label];
    ++own.pixels;
    own.share_sum += unsafe_share(z, label);
    own.own_sum += shares[label];
    own.change = std::max(own.change, smallest_change(z, label).largest);
    own.euclidean_change = std::max(own.euclidean_change, smallest_change(z, label).euclidean);
    for (int k = 0; k < classes; ++k) {
      if (k == label) continue;
      ++expected.classes[k].others;
      expected.classes[k].other_sum += shares[k];
    }
    if (is_safe(z, label)) continue;
    ++own.unsafe;
    UnsafePixel pixel;
    pixel.x = i;
    pixel.share = unsafe_share(z, label);
    pixel.change = smallest_change(z, label);
    found.push_back(pixel);
  }
  std::ranges::stable_sort(found, [](const UnsafePixel& a, const UnsafePixel& b) {
    return std::pair(a.share, a.change.largest) > std::pair(b.share, b.change.largest);
  });
  const MapAudit audit = audit_map(batch, map, 0, 5, 1);
  for (int k = 0; k < classes; ++k) {
    const ClassAudit& a = audit.classes[k];
    const ClassAudit& b = expected.classes[k];
    RC_ASSERT(std::tie(a.pixels, a.others, a.unsafe, a.change, a.euclidean_change) ==
              std::tie(b.pixels, b.others, b.unsafe, b.change, b.euclidean_change));
    RC_ASSERT(std::abs(a.share_sum - b.share_sum) <= 1e-12);
    RC_ASSERT(std::abs(a.own_sum - b.own_sum) <= 1e-12);
    RC_ASSERT(std::abs(a.other_sum - b.other_sum) <= 1e-12);
  }
  RC_ASSERT(audit.worst.size() == std::min<std::size_t>(5, found.size()));
  for (std::size_t n = 0; n < audit.worst.size(); ++n) {
    const UnsafePixel& pixel = audit.worst[n];
    const Shape3& shape = labels.shape;
    RC_ASSERT((pixel.slice * shape.height + pixel.y) * shape.width + pixel.x == found[n].x);
    RC_ASSERT(pixel.share == found[n].share);
  }
  if (!found.empty()) RC_ASSERT(audit.total().worst.share == found.front().share);
}

TEST(MapAudit, PassesOverIgnoredLabels) {
  const std::vector<Label> labels = {-1, 0, -1, 1};
  const std::vector<float> map = {NAN, 0, 5, 1, 0, 1, -5, 0, 3, 1, 7, 2};
  const LabelBatch batch{labels, 1, {1, 2, 2}, 3, {1, 1, 1}};
  const MapAudit audit = audit_map(batch, map, 0, 9, 1);
  EXPECT_EQ(audit.total().pixels, 2);
  EXPECT_EQ(audit.classes[0].unsafe, 0);
  EXPECT_EQ(audit.classes[1].unsafe, 1);
  EXPECT_EQ(audit.worst.size(), 1u);
}

TEST(MapAudit, IsTheSameOnAnyNumberOfThreads) {
  RandomStream random(9, {.purpose = Purpose::test});
  Volume<Label> labels({3, 120, 130});
  for (Label& label : labels.values) label = static_cast<Label>(random.integer(3));
  const MapAudit one = audit_of({{"name", "boundary"}}, labels, 4, 20, 1);
  const MapAudit three = audit_of({{"name", "boundary"}}, labels, 4, 20, 3);
  EXPECT_GT(one.total().share_sum, 0);
  EXPECT_EQ(one.total().share_sum, three.total().share_sum);
  EXPECT_EQ(one.total().other_sum, three.total().other_sum);
  for (std::size_t n = 0; n < 20; ++n) {
    EXPECT_EQ(one.worst[n].x, three.worst[n].x);
    EXPECT_EQ(one.worst[n].slice, three.worst[n].slice);
  }
}

TEST(MapAudit, RefusesWhatIsNoMap) {
  const std::vector<Label> labels = {0, 1};
  std::vector<float> map = {1, 2, 3, std::numeric_limits<float>::infinity()};
  const LabelBatch batch{labels, 1, {1, 1, 2}, 2, {1, 1, 1}};
  EXPECT_THROW(audit_map(batch, map, 0, 0, 1), DataError);
  map.back() = 4;
  const std::vector<Label> wrong = {0, 2};
  EXPECT_THROW(audit_map({wrong, 1, {1, 1, 2}, 2, {1, 1, 1}}, map, 0, 0, 1), DataError);
}

}  // namespace
}  // namespace regionwise::maps

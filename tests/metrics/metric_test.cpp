#include "metrics/metric.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "support/label_volume.hpp"
#include "support/random_volumes.hpp"
#include "support/simple_surface.hpp"

namespace regionwise::metrics {
namespace {

using Mask = Volume<std::uint8_t>;

double value(const std::string& metric,
             const Mask& a,
             const Mask& b,
             const Spacing3& spacing_mm,
             EmptyRule rule = EmptyRule::nan_drop) {
  for (const MetricEntry& entry : all_metrics()) {
    if (entry.name == metric) return entry.value(MaskPair(a.view(), b.view(), spacing_mm), rule);
  }
  throw UsageError(metric);
}

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::abs(b);
}

/// Every distance from a surface voxel of `from` to the nearest one of `to`, by comparing all.
std::vector<double> brute_force(const Mask& from, const Mask& to, const Spacing3& spacing_mm) {
  const auto points = [&](const Mask& mask) {
    const auto surface = testing::simple_surface(mask.view());
    std::vector<std::array<double, 3>> found;
    for (std::int64_t i = 0; i < mask.shape.size(); ++i) {
      if (surface[i] == 0) continue;
      found.push_back(
          {static_cast<double>(i / mask.shape.slice_size()) * spacing_mm[0],
           static_cast<double>(i / mask.shape.width % mask.shape.height) * spacing_mm[1],
           static_cast<double>(i % mask.shape.width) * spacing_mm[2]});
    }
    return found;
  };
  const auto sites = points(to);
  std::vector<double> distances;
  for (const auto& p : points(from)) {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& q : sites)
      least = std::min(least, std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
    distances.push_back(least);
  }
  return distances;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

/// A block of ones.
Mask block(const Shape3& shape, std::array<std::int64_t, 3> start, const Shape3& size) {
  Mask mask(shape);
  for (std::int64_t z = 0; z < size.depth; ++z) {
    for (std::int64_t y = 0; y < size.height; ++y) {
      for (std::int64_t x = 0; x < size.width; ++x)
        mask.at(start[0] + z, start[1] + y, start[2] + x) = 1;
    }
  }
  return mask;
}

TEST(Metrics, AreSortedByName) {
  std::vector<std::string> names;
  for (const MetricEntry& entry : all_metrics()) names.push_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"assd", "dice", "hausdorff", "hausdorff95"}));
}

RC_GTEST_PROP(Metrics, DoNotChangeWhenTheMasksAreExchanged, ()) {
  const Shape3 shape = *testing::any_shape(4, 8);
  const Mask a = testing::any_mask(shape);
  const Mask b = testing::any_mask(shape);
  const Spacing3 spacing = testing::any_spacing();
  for (const MetricEntry& entry : all_metrics()) {
    RC_ASSERT(same(value(entry.name, a, b, spacing), value(entry.name, b, a, spacing)));
  }
}

RC_GTEST_PROP(Metrics, ArePerfectForEqualMasks, ()) {
  const Mask mask = testing::any_mask(*testing::any_shape(4, 8));
  RC_PRE(!MaskPair(mask.view(), mask.view(), {1, 1, 1}).surfaces_undefined(EmptyRule::nan_drop));
  for (const MetricEntry& entry : all_metrics()) {
    RC_ASSERT(value(entry.name, mask, mask, {1, 2, 3}) == (entry.higher_is_better ? 1.0 : 0.0));
  }
}

RC_GTEST_PROP(Metrics, EqualBruteForce, ()) {
  const Shape3 shape = *testing::any_shape(4, 8);
  const Mask a = testing::any_mask(shape);
  const Mask b = testing::any_mask(shape);
  const Spacing3 spacing = testing::any_spacing();
  const EmptyRule rule = EmptyRule::diagonal;  // measures full masks too
  RC_PRE(!MaskPair(a.view(), b.view(), spacing).surfaces_undefined(rule));
  const auto to_b = brute_force(a, b, spacing);
  const auto to_a = brute_force(b, a, spacing);
  std::vector<double> pooled = to_b;
  pooled.insert(pooled.end(), to_a.begin(), to_a.end());
  std::sort(pooled.begin(), pooled.end());
  const double position = 0.95 * static_cast<double>(pooled.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double above = pooled[std::min(below + 1, pooled.size() - 1)];
  const double percentile =
      pooled[below] + (above - pooled[below]) * (position - static_cast<double>(below));
  RC_ASSERT(same(value("hausdorff", a, b, spacing, rule), pooled.back()));
  RC_ASSERT(same(value("hausdorff95", a, b, spacing, rule), percentile));
  RC_ASSERT(same(value("assd", a, b, spacing, rule), (mean(to_b) + mean(to_a)) / 2));
}

TEST(Metrics, MeasureInMillimetres) {
  const Mask a = block({5, 20, 20}, {1, 3, 3}, {1, 2, 2});
  const Mask b = block({5, 20, 20}, {3, 3, 3}, {1, 2, 2});
  EXPECT_DOUBLE_EQ(value("hausdorff", a, b, {10, 1.5, 1.5}), 20);
  EXPECT_DOUBLE_EQ(value("hausdorff", a, b, {1.5, 10, 10}), 3);
}

TEST(Metrics, SeeTheWholeOfAFlatObjectInAVolumeAsSurface) {
  // Both objects lie in one slice: cut out of the volume they must not turn into 2-D images, whose
  // surface is the outline only.
  const Mask a = block({5, 20, 20}, {2, 2, 2}, {1, 9, 9});
  const Mask b = block({5, 20, 20}, {2, 6, 6}, {1, 1, 1});
  const MaskPair pair(a.view(), b.view(), {1, 1, 1});
  EXPECT_EQ(pair.prediction_to_reference_mm().size(), 81u);
}

TEST(Metrics, CountTheVolumesBorderAsSurface) {
  const Mask a = block({1, 10, 10}, {0, 0, 0}, {1, 3, 10});
  const MaskPair pair(a.view(), a.view(), {1, 1, 1});
  EXPECT_EQ(pair.prediction_to_reference_mm().size(), 30u - 8u);
}

TEST(Metrics, CountVoxels) {
  const Mask a = block({1, 6, 6}, {0, 0, 0}, {1, 2, 3});
  const Mask b = block({1, 6, 6}, {0, 1, 1}, {1, 2, 3});
  const MaskPair pair(a.view(), b.view(), {1, 1, 1});
  EXPECT_EQ(pair.predicted_voxels(), 6);
  EXPECT_EQ(pair.reference_voxels(), 6);
  EXPECT_EQ(pair.common_voxels(), 2);
  EXPECT_DOUBLE_EQ(value("dice", a, b, {1, 1, 1}), 4.0 / 12);
}

class EmptyMasks : public ::testing::Test {
 protected:
  const Mask empty_ = Mask({2, 3, 6});
  const Mask object_ = block({2, 3, 6}, {0, 0, 0}, {1, 2, 2});
  const Mask full_ = Mask({2, 3, 6}, 1);

  double distance(const Mask& a, const Mask& b, EmptyRule rule) {
    const double hausdorff = value("hausdorff", a, b, {1, 2, 1.5}, rule);
    EXPECT_TRUE(same(value("hausdorff95", a, b, {1, 2, 1.5}, rule), hausdorff));
    EXPECT_TRUE(same(value("assd", a, b, {1, 2, 1.5}, rule), hausdorff));
    return hausdorff;
  }
};

TEST_F(EmptyMasks, HaveNoDistanceByDefault) {
  EXPECT_TRUE(std::isnan(distance(empty_, object_, EmptyRule::nan_drop)));
  EXPECT_TRUE(std::isnan(distance(object_, empty_, EmptyRule::nan_drop)));
  EXPECT_TRUE(std::isnan(distance(empty_, empty_, EmptyRule::nan_drop)));
  EXPECT_TRUE(std::isnan(distance(full_, object_, EmptyRule::nan_drop)));
}

TEST_F(EmptyMasks, MayCountTheDiagonal) {
  const double diagonal = std::sqrt(2.0 * 2 + 6 * 6 + 9 * 9);
  EXPECT_DOUBLE_EQ(distance(empty_, object_, EmptyRule::diagonal), diagonal);
  EXPECT_DOUBLE_EQ(distance(object_, empty_, EmptyRule::diagonal), diagonal);
  EXPECT_EQ(distance(empty_, empty_, EmptyRule::diagonal), 0);
}

TEST_F(EmptyMasks, MayCountAsInfinitelyFar) {
  EXPECT_EQ(distance(empty_, object_, EmptyRule::infinite),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(distance(empty_, empty_, EmptyRule::infinite), 0);
}

TEST_F(EmptyMasks, MayCountAsPerfectWhereBothAreEmpty) {
  EXPECT_EQ(distance(empty_, empty_, EmptyRule::zero_if_both), 0);
  EXPECT_TRUE(std::isnan(distance(empty_, object_, EmptyRule::zero_if_both)));
  EXPECT_EQ(value("dice", empty_, empty_, {1, 1, 1}, EmptyRule::zero_if_both), 1);
}

TEST_F(EmptyMasks, LeaveTheBorderToFullMasksAsTheirSurface) {
  for (const EmptyRule rule : {EmptyRule::diagonal, EmptyRule::infinite, EmptyRule::zero_if_both}) {
    EXPECT_EQ(distance(full_, full_, rule), 0);
    // From the volume's farthest corner (1, 2, 5) to the object's nearest voxel (0, 1, 1).
    EXPECT_DOUBLE_EQ(value("hausdorff", full_, object_, {1, 2, 1.5}, rule),
                     std::sqrt(1.0 * 1 + 2 * 2 + 6 * 6));
  }
  EXPECT_TRUE(std::isnan(distance(full_, full_, EmptyRule::nan_drop)));
  EXPECT_DOUBLE_EQ(distance(full_, empty_, EmptyRule::diagonal),
                   std::sqrt(2.0 * 2 + 6 * 6 + 9 * 9));
}

TEST_F(EmptyMasks, HaveDiceZeroUnlessBothAreEmpty) {
  EXPECT_EQ(value("dice", empty_, object_, {1, 1, 1}), 0);
  EXPECT_EQ(value("dice", object_, empty_, {1, 1, 1}), 0);
  EXPECT_TRUE(std::isnan(value("dice", empty_, empty_, {1, 1, 1})));
}

/// A ball whose surface is rough, so that no two of its distances are alike.
Mask rough_ball(const Shape3& shape, std::int64_t radius, std::int64_t shift) {
  Mask mask(shape);
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const std::int64_t z = i / shape.slice_size() - shape.depth / 2;
    const std::int64_t y = i / shape.width % shape.height - shape.height / 2 + shift;
    const std::int64_t x = i % shape.width - shape.width / 2;
    mask.values[i] = z * z + y * y + x * x + i % 97 < radius * radius ? 1 : 0;
  }
  return mask;
}

TEST(Metrics, AreTheSameOnSeveralThreads) {
  const Shape3 shape{64, 256, 256};
  const Spacing3 spacing_mm{2.5, 0.8, 0.7};
  const Mask a = rough_ball(shape, 25, 0);
  const Mask b = rough_ball(shape, 28, 6);
  const MaskPair alone(a.view(), b.view(), spacing_mm, 1);
  for (const int threads : {2, 3}) {
    const MaskPair pair(a.view(), b.view(), spacing_mm, threads);
    ASSERT_EQ(pair.threads(), threads) << "else one thread does it all";
    EXPECT_EQ(pair.predicted_voxels(), alone.predicted_voxels());
    EXPECT_EQ(pair.reference_voxels(), alone.reference_voxels());
    EXPECT_EQ(pair.common_voxels(), alone.common_voxels());
    EXPECT_EQ(pair.prediction_to_reference_mm(), alone.prediction_to_reference_mm());
    EXPECT_EQ(pair.reference_to_prediction_mm(), alone.reference_to_prediction_mm());
    for (const MetricEntry& entry : all_metrics()) {
      // Of new pairs, since a metric takes what another left.
      const MaskPair first(a.view(), b.view(), spacing_mm, 1);
      const MaskPair second(a.view(), b.view(), spacing_mm, threads);
      EXPECT_EQ(entry.value(second, EmptyRule::nan_drop), entry.value(first, EmptyRule::nan_drop))
          << entry.name;
    }
  }
}

TEST(EmptyRules, AreReadAsTheyAreWritten) {
  for (const char* name : {"nan-drop", "diagonal", "infinite", "zero-if-both"}) {
    EXPECT_EQ(to_string(parse_empty_rule(name)), name);
  }
  EXPECT_THROW(parse_empty_rule("zero"), UsageError);
}

TEST(ScoreCase, AppendsARowToEveryArray) {
  storage::MetricsRecord record = make_record({"left", "right"}, EmptyRule::nan_drop);
  const Volume<Label> reference = testing::row({0, 1, 2, 2});
  const Volume<Label> prediction = testing::row({0, 1, 1, 2});
  score_case(record, "case-1", "patient-1", prediction.view(), reference.view(), {1, 1, 3});
  score_case(record, "case-2", "patient-1", reference.view(), reference.view(), {1, 1, 1});
  EXPECT_EQ(record.case_ids, (std::vector<std::string>{"case-1", "case-2"}));
  EXPECT_EQ(record.groups, (std::vector<std::string>{"patient-1", "patient-1"}));
  EXPECT_EQ(record.predicted_voxels, (std::vector<std::int64_t>{2, 1, 1, 2}));
  EXPECT_EQ(record.reference_voxels, (std::vector<std::int64_t>{1, 2, 1, 2}));
  EXPECT_EQ(record.spacing_mm[0], (Spacing3{1, 1, 3}));
  EXPECT_EQ(record.metrics[1].name, "dice");
  EXPECT_EQ(record.metrics[1].values, (std::vector<double>{2.0 / 3, 2.0 / 3, 1, 1}));
  EXPECT_EQ(record.metrics[2].values, (std::vector<double>{3, 3, 0, 0}));
}

TEST(ScoreCase, RefusesWhatCannotBeCompared) {
  storage::MetricsRecord record = make_record({"left"}, EmptyRule::nan_drop);
  const Volume<Label> small({1, 2, 2});
  const Volume<Label> large({1, 2, 3});
  const Volume<Label> odd({1, 2, 2}, 2);
  const Spacing3 spacing{1, 1, 1};
  EXPECT_THROW(score_case(record, "a", "a", small.view(), large.view(), spacing), DataError);
  EXPECT_THROW(score_case(record, "a", "a", small.view(), odd.view(), spacing), DataError);
  EXPECT_THROW(score_case(record, "a", "a", odd.view(), small.view(), spacing), DataError);
  EXPECT_TRUE(record.case_ids.empty());
}

}  // namespace
}  // namespace regionwise::metrics

#include "planning/planner.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "core/error.hpp"
#include "planning/loader_patch.hpp"
#include "support/golden.hpp"
#include "support/property.hpp"

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

Fingerprint same_cases(std::size_t count, Shape3 shape, Spacing3 spacing_mm) {
  Fingerprint fingerprint;
  fingerprint.shapes.assign(count, shape);
  fingerprint.spacings_mm.assign(count, spacing_mm);
  fingerprint.size_reductions.assign(count, 1);
  fingerprint.modalities = {"MR"};
  fingerprint.foreground_classes = 3;
  return fingerprint;
}

Fingerprint golden_fingerprint(const Json& json) {
  Fingerprint fingerprint;
  for (const auto& s :
       json.at("sizes_after_crop").get<std::vector<std::array<std::int64_t, 3>>>()) {
    fingerprint.shapes.push_back({s[0], s[1], s[2]});
  }
  fingerprint.spacings_mm = json.at("spacings").get<std::vector<Spacing3>>();
  fingerprint.size_reductions = json.at("size_reductions").get<std::vector<double>>();
  fingerprint.modalities = json.at("modalities").get<std::vector<std::string>>();
  fingerprint.foreground_classes = json.at("num_foreground_classes").get<int>();
  fingerprint.intensities.resize(fingerprint.modalities.size());  // CT needs some
  return fingerprint;
}

void expect_plan(const Plan& plan, const Json& golden) {
  EXPECT_EQ(plan.axis_order, (golden.at("transpose_forward").get<std::array<int, 3>>()));
  const auto spacing = golden.at("target_spacing_transposed").get<Spacing3>();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(plan.target_spacing_mm[i], spacing[i], 1e-12);
  EXPECT_EQ(plan.median_shape,
            (golden.at("median_shape_transposed").get<std::array<std::int64_t, 3>>()));
  EXPECT_EQ(plan.patch_size, golden.at("patch_size").get<Pair>());
  EXPECT_EQ(plan.batch_size,
            std::max<std::int64_t>(1, golden.at("batch_size").get<std::int64_t>()));
  EXPECT_EQ(plan.strides, golden.at("pool_op_kernel_sizes").get<std::vector<Pair>>());
  EXPECT_EQ(plan.kernels, golden.at("conv_kernel_sizes").get<std::vector<Pair>>());
  EXPECT_EQ(plan.base_features, golden.at("base_num_features").get<std::int64_t>());
  EXPECT_EQ(plan.normalization, golden.at("normalization_schemes").get<std::vector<std::string>>());
  for (const bool mask : golden.at("use_mask_for_norm").get<std::vector<bool>>()) {
    EXPECT_EQ(plan.normalize_inside_mask, mask);
  }
  EXPECT_EQ(plan.memory_estimate, golden.at("memory_estimate").get<std::int64_t>());
  EXPECT_EQ(plan.batch_size_from_memory, golden.at("batch_size_from_memory").get<std::int64_t>());
  EXPECT_EQ(rotation_limit_degrees(plan.patch_size),
            golden.at("training_rotation_limit_deg").get<double>());
  EXPECT_EQ(loader_patch_size(plan.patch_size), golden.at("loader_patch_size").get<Pair>());
}

TEST(GoldenPlans, AreThoseOfTheReference) {
  const Json entries = read_json(testing::golden_file("plans.json"));
  ASSERT_FALSE(entries.empty());
  for (const Json& entry : entries) {
    const Json& fingerprint = entry.at("fingerprint");
    SCOPED_TRACE(fingerprint.at("name").get<std::string>());
    const Json& golden = entry.at("plan");
    if (golden.contains("error")) {
      EXPECT_THROW(make_plan(golden_fingerprint(fingerprint)), DataError);
    } else {
      expect_plan(make_plan(golden_fingerprint(fingerprint)), golden);
    }
  }
}

TEST(Plan, OfBratsIsThePublishedOne) {
  Fingerprint brats = same_cases(105, {140, 170, 136}, {1, 1, 1});
  brats.modalities = {"T2", "T1", "T1CE", "FLAIR"};
  const Plan plan = make_plan(brats);
  EXPECT_EQ(plan.patch_size, (Pair{192, 160}));
  EXPECT_EQ(plan.batch_size, 107);
  EXPECT_EQ(plan.memory_estimate, 9'204'480);
}

TEST(Plan, PutsTheCoarsestAxisFirst) {
  const Plan plan = make_plan(same_cases(30, {60, 12, 80}, {1, 8, 1}));
  EXPECT_EQ(plan.axis_order, (std::array<int, 3>{1, 0, 2}));
  EXPECT_EQ(plan.median_shape, (std::array<std::int64_t, 3>{12, 60, 80}));
}

TEST(PlanOverrides, OfSpacingAndBudgetShapeWhatIsPlanned) {
  const Fingerprint hearts = same_cases(60, {9, 186, 190}, {10, 1.5, 1.5});
  const Plan reference = make_plan(hearts);
  const Plan coarse = make_plan(hearts, {{"target_spacing_mm", {3.0, 3.0}}});
  EXPECT_EQ(coarse.target_spacing_mm, (Spacing3{10, 3, 3}));
  EXPECT_EQ(coarse.median_shape, (std::array<std::int64_t, 3>{9, 93, 95}));
  EXPECT_EQ(coarse.patch_size, (Pair{96, 96}));
  EXPECT_LT(coarse.strides.size(), reference.strides.size());
  const Plan small = make_plan(hearts, {{"memory_budget", 0.1}});
  EXPECT_EQ(small.batch_size_from_memory, reference.batch_size_from_memory / 10);
  EXPECT_EQ(small.overrides, (Json{{"memory_budget", 0.1}}));
  const Plan along_x = make_plan(hearts, {{"axis_order", {2, 0, 1}}});
  EXPECT_EQ(along_x.target_spacing_mm, (Spacing3{1.5, 10, 1.5}));
}

TEST(PlanOverrides, ReplaceFieldByField) {
  const Fingerprint hearts = same_cases(60, {9, 186, 190}, {10, 1.5, 1.5});
  const Json changes{{"batch_size", 3}, {"base_features", 8}, {"slice_kernel", "cubic-b-spline"}};
  const Plan plan = make_plan(hearts, changes);
  EXPECT_EQ(plan.batch_size, 3);
  EXPECT_EQ(plan.base_features, 8);
  EXPECT_EQ(plan.slice_kernel, geometry::Kernel::cubic_bspline);
  EXPECT_EQ(plan.patch_size, make_plan(hearts).patch_size);
  EXPECT_EQ(parse_plan(to_json(plan), "plan").overrides, changes);
}

TEST(PlanOverrides, RescueSlicesThatCannotBePlanned) {
  const Json network{{"patch_size", {256, 256}},
                     {"batch_size", 4},
                     {"strides", {{2, 2}, {2, 2}}},
                     {"kernels", {{3, 3}, {3, 3}, {3, 3}}}};
  const Fingerprint huge = same_cases(20, {20, 3000, 3000}, {1.5, 0.2, 0.2});
  EXPECT_THROW(make_plan(huge), DataError);
  EXPECT_EQ(make_plan(huge, network).patch_size, (Pair{256, 256}));
  Json small = network;
  small["patch_size"] = {8, 8};
  const Fingerprint tiny = same_cases(20, {20, 5, 5}, {1, 1, 1});
  EXPECT_THROW(make_plan(tiny), DataError);
  EXPECT_EQ(make_plan(tiny, small).batch_size, 4);
}

TEST(PlanOverrides, SizeTheBatchForTheNetworkGiven) {
  const Fingerprint hearts = same_cases(60, {9, 186, 190}, {10, 1.5, 1.5});
  const Plan smaller = make_plan(hearts, {{"patch_size", {64, 64}}});
  EXPECT_GT(smaller.batch_size_from_memory, make_plan(hearts).batch_size_from_memory);
}

// A printed plan may be edited in one field: what followed from it before does not hold any more.
TEST(PlanOverrides, PassOverWhatPlanningFinds) {
  const Fingerprint hearts = same_cases(60, {9, 186, 190}, {10, 1.5, 1.5});
  const Plan plan = make_plan(hearts,
                              {{"median_shape", {1, 1, 1}},
                               {"memory_estimate", 5},
                               {"batch_size_from_memory", 99},
                               {"conversion", {{"preset", "authors"}}}});
  EXPECT_EQ(to_json(plan), to_json(make_plan(hearts)));
}

TEST(PlanOverrides, RefuseWhatIsUnknownOrDoesNotFit) {
  const Fingerprint hearts = same_cases(60, {9, 186, 190}, {10, 1.5, 1.5});
  const auto refused = [&](const Json& changes) {
    EXPECT_THROW(make_plan(hearts, changes), UsageError) << changes;
  };
  refused({{"bacth_size", 3}});
  refused({{"patch_size", {100, 100}}});
  refused({{"target_spacing_mm", {3.0}}});
  refused({{"target_spacing_mm", {0.0, 1.0}}});
  refused({{"axis_order", {0, 0, 1}}});
  refused({{"axis_order", {0.5, 1.2, 2.7}}});
  refused({{"axis_order", {0, 1, 2, 2}}});
  refused({{"batch_size", 1'000'000'000}});
  refused({{"batch_size", 2.5}});
  refused({{"max_features", 1'000'000}});
  refused({{"patch_size", {1 << 20, 1 << 20}}});
  refused({{"target_spacing_mm", {1e-9, 1e-9}}, {"patch_size", {64, 64}}, {"batch_size", 2}});
  refused({{"strides", std::vector<Pair>(40, {2, 2})}, {"kernels", std::vector<Pair>(41, {3, 3})}});
  refused({{"strides", Json::array()}});
  refused(
      {{"patch_size", {1 << 16, 1 << 16}}, {"strides", {{2, 2}}}, {"kernels", {{3, 3}, {3, 3}}}});
  refused({{"memory_budget", 1e9}});
  refused({{"memory_budget", -1}});
  refused({{"normalization", {"nonCT", "nonCT"}}});
  refused({{"normalization", {"rescale"}}});
  refused(Json::array());
}

TEST(Plan, OfCtKeepsTheIntensitiesOfTheDataSet) {
  Fingerprint ct = same_cases(20, {30, 256, 256}, {3, 1, 1});
  ct.modalities = {"CT"};
  EXPECT_THROW(make_plan(ct), DataError);  // nothing to normalise by
  ct.intensities = {{.mean = 80, .sd = 90, .percentile_00_5 = -100, .percentile_99_5 = 300}};
  const Plan plan = parse_plan(to_json(make_plan(ct)), "plan");
  ASSERT_EQ(plan.intensities.size(), 1U);
  EXPECT_EQ(plan.intensities[0].percentile_99_5, 300);
  for (const auto& [key, value] :
       {std::pair{"sd", 0.0}, {"sd", -1.0}, {"percentile_00_5", 300.0}}) {
    Json spoilt = to_json(plan);
    spoilt["intensities"][0][key] = value;
    EXPECT_THROW(parse_plan(spoilt, "plan"), UsageError) << key;
    EXPECT_THROW(make_plan(ct, {{"intensities", spoilt["intensities"]}}), UsageError) << key;
  }
  Json without = to_json(plan);
  without["intensities"] = Json::array();
  EXPECT_THROW(parse_plan(without, "plan"), UsageError);
}

TEST(Plan, OfCtNeedsAForegroundThatVaries) {
  Fingerprint ct = same_cases(20, {30, 256, 256}, {3, 1, 1});
  ct.modalities = {"CT"};
  ct.intensities = {{.mean = 80, .sd = 0, .percentile_00_5 = 80, .percentile_99_5 = 80}};
  EXPECT_THROW(make_plan(ct), DataError);
  ct.modalities = {"MR"};
  EXPECT_NO_THROW(make_plan(ct));
}

TEST(Plan, OfATinySetStillHasABatch) {
  EXPECT_EQ(make_plan(same_cases(1, {2, 64, 64}, {10, 1, 1})).batch_size, 1);
}

TEST(Plan, NeedsCasesAndSlicesOfUsefulSize) {
  EXPECT_THROW(make_plan(Fingerprint{}), DataError);
  EXPECT_THROW(make_plan(same_cases(4, {10, 5, 5}, {1, 1, 1})), DataError);
  EXPECT_THROW(make_plan(same_cases(20, {20, 1950, 1950}, {1.5, 0.2, 0.2})), DataError);
}

TEST(Plan, FitsItsNetworkWhateverTheImages) {
  regionwise::testing::check_property([] {
    const auto edge = [](int low, int high) { return *rc::gen::inRange<std::int64_t>(low, high); };
    const auto spacing = [] { return 0.1 * *rc::gen::inRange(3, 60); };
    const Shape3 shape{edge(1, 40), edge(8, 600), edge(8, 600)};
    const auto cases = static_cast<std::size_t>(edge(1, 200));
    const Plan plan = make_plan(same_cases(cases, shape, {10, spacing(), spacing()}));
    RC_ASSERT(plan.batch_size >= 1);
    RC_ASSERT(plan.patch_size[0] >= shape.height);
    RC_ASSERT(plan.patch_size[1] >= shape.width);
    // What is written reads back as the same plan; parse_plan checks that the sizes fit.
    RC_ASSERT(to_json(parse_plan(to_json(plan), "plan")) == to_json(plan));
  });
}

}  // namespace
}  // namespace regionwise::planning

#include "planning/plan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "planning/planner.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

TEST(ParsePlan, TakesANetworkWithoutTheRest) {
  const Plan plan = parse_plan({{"patch_size", {32, 48}},
                                {"batch_size", 4},
                                {"strides", {{2, 2}, {1, 2}}},
                                {"kernels", {{3, 3}, {1, 3}, {3, 3}}},
                                {"base_features", 8},
                                {"max_features", 64}},
                               "plan");
  EXPECT_EQ(plan.patch_size, (Pair{32, 48}));
  EXPECT_EQ(plan.kernels[1], (Pair{1, 3}));
}

TEST(ParsePlan, RefusesWhatDoesNotFit) {
  Fingerprint hearts;
  hearts.shapes.assign(20, {9, 64, 64});
  hearts.spacings_mm.assign(20, {10, 1, 1});
  hearts.modalities = {"MR"};
  const Json good = to_json(make_plan(hearts));
  const auto with = [&](const char* key, Json value) {
    Json changed = good;
    changed[key] = std::move(value);
    return changed;
  };
  EXPECT_NO_THROW(parse_plan(good, "plan"));
  EXPECT_THROW(parse_plan(with("patch_size", {60, 64}), "plan"), UsageError);
  for (const int edge : {-8, 0}) {
    Json changed = with("patch_size", {edge, 64});
    changed["strides"] = {{2, 2}, {2, 1}};
    changed["kernels"] = {{3, 3}, {3, 3}, {3, 3}};
    EXPECT_EQ(testing::message_of<UsageError>([&] { parse_plan(changed, "plan"); }),
              "plan: patch_size must be at least 4, found " + std::to_string(edge));
  }
  EXPECT_THROW(parse_plan(with("patch_size", {64.5, 64}), "plan"), UsageError);
  EXPECT_THROW(parse_plan(with("batch_size", 0), "plan"), UsageError);
  EXPECT_THROW(parse_plan(with("strides", Json::array()), "plan"), UsageError);
  EXPECT_THROW(parse_plan(with("strides", {{2, 2}}), "plan"), UsageError);
  EXPECT_THROW(parse_plan(with("max_features", 1), "plan"), UsageError);
  // An instance norm of one pixel is 0, whatever the pixel.
  const auto one_pixel = [&](std::array<std::int64_t, 2> patch) {
    Json changed = with("patch_size", patch);
    changed["strides"] = {{2, 2}};
    changed["kernels"] = {{3, 3}, {3, 3}};
    return changed;
  };
  EXPECT_THROW(parse_plan(one_pixel({2, 2}), "plan"), UsageError);
  EXPECT_NO_THROW(parse_plan(one_pixel({2, 4}), "plan"));
  EXPECT_THROW(parse_plan(with("pacth_size", {64, 64}), "plan"), UsageError);
  Json incomplete = good;
  incomplete.erase("kernels");
  EXPECT_THROW(parse_plan(incomplete, "plan"), UsageError);
}

}  // namespace
}  // namespace regionwise::planning

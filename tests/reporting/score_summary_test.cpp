#include "reporting/score_summary.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace regionwise::reporting {
namespace {

TEST(ScoreSummary, HoldsEachClassAndMetricOverTheCases) {
  storage::MetricsRecord record;
  record.class_names = {"LV", "RV"};
  record.case_ids = {"a", "b", "c"};
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  record.metrics = {{"dice", "1", true, {0.5, 1, 0.7, 0, 0.9, 1}},
                    {"hausdorff", "mm", false, {1, 2, 3, undefined, 5, 4}}};
  record.predicted_voxels = {9, 9, 9, 0, 9, 9};
  record.reference_voxels = {9, 9, 9, 9, 9, 9};
  const auto found = summarise_scores(record);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].class_name, "LV");
  EXPECT_EQ(found[0].metric, "dice");
  EXPECT_DOUBLE_EQ(found[0].values.mean, 0.7);
  EXPECT_EQ(found[0].misses, 0);
  EXPECT_EQ(found[3].class_name, "RV");
  EXPECT_EQ(found[3].unit, "mm");
  EXPECT_EQ(found[3].values.mean, 3);
  EXPECT_EQ(found[3].values.count, 2);
  EXPECT_EQ(found[3].values.missing, 1);
  EXPECT_EQ(found[3].misses, 1);
}

}  // namespace
}  // namespace regionwise::reporting

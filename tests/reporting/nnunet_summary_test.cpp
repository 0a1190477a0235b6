#include "reporting/nnunet_summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

/// Two cases, two classes; the second class is missed in the first case and absent in the second.
storage::MetricsRecord two_cases() {
  storage::MetricsRecord record;
  record.case_ids = {"a", "b"};
  record.groups = record.case_ids;
  record.spacing_mm.assign(2, {1, 1, 1});
  record.class_names = {"RV", "LV"};
  record.metrics = {{"dice", "1", true, {0.5, 0, 1, kNan}},
                    {"hausdorff", "mm", false, {3, kNan, 0, kNan}}};
  record.predicted_voxels = {6, 0, 8, 0};
  record.reference_voxels = {10, 4, 8, 0};
  return record;
}

TEST(NnunetSummary, CountsVoxelsOfEveryCaseAndLabel) {
  const Json summary = nnunet_summary(two_cases());
  const Json& first = summary.at("metric_per_case").at(0);
  EXPECT_EQ(first.at("case"), "a");
  const Json& metrics = first.at("metrics").at("1");
  EXPECT_EQ(metrics.at("TP"), 4.0);
  EXPECT_EQ(metrics.at("FP"), 2.0);
  EXPECT_EQ(metrics.at("FN"), 6.0);
  EXPECT_EQ(metrics.at("IoU"), 4.0 / 12);
  EXPECT_EQ(first.at("metrics").at("2").at("FN"), 4.0);
  EXPECT_TRUE(first.at("metrics").at("2").at("HD (mm)").is_null());
}

TEST(NnunetSummary, SaysWhatItsMeansLeaveOut) {
  const Json mean = nnunet_summary(two_cases()).at("mean");
  EXPECT_EQ(mean.at("1").at("Dice"), 0.75);
  EXPECT_EQ(mean.at("1").at("missed"), 0);
  EXPECT_EQ(mean.at("2").at("Dice"), 0.0);
  EXPECT_EQ(mean.at("2").at("missed"), 1);
  EXPECT_EQ(mean.at("2").at("undefined").at("HD (mm)"), 2);
  EXPECT_TRUE(mean.at("2").at("HD (mm)").is_null());
}

TEST(NnunetSummary, AveragesLabelsOverTheForeground) {
  const Json foreground = nnunet_summary(two_cases()).at("foreground_mean");
  EXPECT_EQ(foreground.at("Dice"), 0.375);
  EXPECT_EQ(foreground.at("HD (mm)"), 1.5);  // the undefined one is left out …
  EXPECT_EQ(foreground.at("undefined"), Json({{"HD (mm)", 1}}));  // … which is said, …
  EXPECT_EQ(foreground.at("missed"), 1);  // … with the cases of all classes that were missed
}

TEST(NnunetSummary, IsWrittenBesideTheMetrics) {
  const regionwise::testing::TemporaryFolder folder;
  const auto path = summary_path(folder / "run.metrics.h5");
  EXPECT_EQ(path.filename(), "run.metrics.summary.json");
  write_nnunet_summary(folder / "run.metrics.h5", two_cases(), /*overwrite=*/false);
  EXPECT_EQ(read_json(path), nnunet_summary(two_cases()));
  EXPECT_THROW(write_nnunet_summary(folder / "run.metrics.h5", two_cases(), false), IoError);
  EXPECT_NO_THROW(write_nnunet_summary(folder / "run.metrics.h5", two_cases(), true));
  EXPECT_TRUE(summary_was_left(folder / "run.metrics.h5"));
  settle_nnunet_summary(folder / "run.metrics.h5");
  EXPECT_FALSE(summary_was_left(folder / "run.metrics.h5"));
  EXPECT_THROW(write_nnunet_summary(folder / "none" / "run.h5", two_cases(), false), IoError);
}

}  // namespace
}  // namespace regionwise::reporting

#include "metrics/pairs.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::metrics {
namespace {

using regionwise::testing::message_of;

class ScoreFolders : public ::testing::Test {
 protected:
  ScoreFolders() {
    std::filesystem::create_directories(folder_ / "predictions");
    std::filesystem::create_directories(folder_ / "references");
  }

  /// Labels of an image of voxels of 3 x 2 x 1 mm (z, y, x), a block of class 1 in a corner.
  static Volume<Label> block(std::int64_t depth) {
    Volume<Label> labels(Shape3{4, 5, 6});
    for (std::int64_t z = 0; z < depth; ++z) {
      for (std::size_t i = 0; i < 9; ++i) labels.values[static_cast<std::size_t>(z) * 30 + i] = 1;
    }
    return labels;
  }
  static storage::ImageGeometry upright() {
    storage::ImageGeometry geometry;
    geometry.shape = {4, 5, 6};
    geometry.spacing_mm = {3, 2, 1};
    geometry.world_from_voxel = {{{1, 0, 0, -7}, {0, 2, 0, 10}, {0, 0, 3, 20}}};
    return geometry;
  }
  /// The same grid stored with y before z, and x and z from their other ends.
  static storage::ImageGeometry turned() {
    storage::ImageGeometry geometry;
    geometry.shape = {5, 4, 6};
    geometry.spacing_mm = {2, 3, 1};
    geometry.world_from_voxel = {{{-1, 0, 0, -7 + 5}, {0, 0, 2, 10}, {0, -3, 0, 20 + 9}}};
    return geometry;
  }

  void write(const char* where, Volume<Label> canonical, const storage::ImageGeometry& geometry) {
    const auto stored =
        storage::to_stored(std::move(canonical), geometry.shape, storage::orientation_of(geometry));
    storage::write_nifti_labels(folder_.path() / where / "a.nii.gz", stored.view(), geometry);
  }
  storage::MetricsRecord score(const FolderOptions& options = {}) {
    Log log("test");
    log.set_verbosity(Verbosity::quiet);
    return score_folders(folder_ / "predictions", folder_ / "references", options, log);
  }

  regionwise::testing::TemporaryFolder folder_;
};

TEST_F(ScoreFolders, TurnAPredictionThatIsStoredAlongOtherAxes) {
  write("references", block(3), upright());
  write("predictions", block(2), upright());
  const auto expected = score();
  write("predictions", block(2), turned());
  const auto found = score();
  EXPECT_EQ(found.spacing_mm, expected.spacing_mm);
  ASSERT_EQ(found.metrics.size(), expected.metrics.size());
  for (const auto& metric : expected.metrics) {
    EXPECT_GT(metric.values.at(0), 0) << metric.name;
    EXPECT_EQ(found.metric(metric.name).values, metric.values) << metric.name;
  }
}

TEST_F(ScoreFolders, RefuseAnotherGridAndSayWhatToDo) {
  write("references", block(3), upright());
  auto moved = turned();
  moved.world_from_voxel[0][3] += 4;
  write("predictions", block(2), moved);
  const std::string message = message_of<DataError>([&] { score(); });
  EXPECT_NE(message.find("(corners 4 mm apart): resample it"), std::string::npos) << message;
  auto longer = upright();
  longer.shape = {4, 5, 7};
  storage::write_nifti_labels(
      folder_ / "predictions/a.nii.gz", Volume<Label>(longer.shape).view(), longer);
  const std::string shape = message_of<DataError>([&] { score(); });
  EXPECT_NE(shape.find("(other numbers of voxels): resample it"), std::string::npos) << shape;
}

// A label of the 257th class would be counted as the first's.
TEST_F(ScoreFolders, RefuseMoreClassesThanLabelsCanName) {
  write("references", block(3), upright());
  write("predictions", block(2), upright());
  FolderOptions options;
  for (int k = 1; k <= 126; ++k) options.class_names.push_back("class " + std::to_string(k));
  EXPECT_EQ(score(options).class_names.size(), 126U);
  options.class_names.push_back("class 127");
  EXPECT_EQ(message_of<UsageError>([&] { score(options); }),
            "--classes names 127 classes, expected at most 126");
}

}  // namespace
}  // namespace regionwise::metrics

// Real label volumes at their full size through maps and metrics.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "maps/map.hpp"
#include "metrics/metric.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"
#include "support/golden.hpp"

namespace regionwise {
namespace {

constexpr int kClasses = 3;

double peak_gib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024 * 1024);
}

/// Checks the rectified map of every slice that holds a label; returns their number.
std::int64_t check_maps(const Volume<Label>& labels) {
  const maps::MapSpecification rectified({{"name", "rectified"}}, "test");
  const Shape3 slice{1, labels.shape.height, labels.shape.width};
  const auto pixels = static_cast<std::size_t>(slice.size());
  std::int64_t labelled = 0;
  for (std::int64_t z = 0; z < labels.shape.depth; ++z) {
    const std::span<const Label> one =
        std::span(labels.values).subspan(static_cast<std::size_t>(z) * pixels, pixels);
    if (std::all_of(one.begin(), one.end(), [](Label label) { return label == 0; })) continue;
    ++labelled;
    const auto map = rectified.compute<float>({one, 1, slice, kClasses, {1, 1, 1}});
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < pixels; ++i) {
      for (std::size_t k = 0; k < kClasses; ++k) {
        const float value = map[k * pixels + i];
        const bool inside = one[i] == static_cast<Label>(k);
        wrong += inside ? value >= 0 || value < -1 : value != 1;
      }
    }
    EXPECT_EQ(wrong, 0) << "slice " << z;
  }
  return labelled;
}

/// Scores a volume against itself moved by one voxel along x: no surface is further away than that.
void check_metrics(const std::string& id, const Volume<Label>& labels, const Spacing3& spacing_mm) {
  Volume<Label> moved(labels.shape);
  std::copy(labels.values.begin(), labels.values.end() - 1, moved.values.begin() + 1);
  auto record = metrics::make_record(
      {"kidney", "tumour"}, metrics::EmptyRule::nan_drop, {"dice", "hausdorff", "assd"});
  metrics::score_case(record, id, id, moved.view(), labels.view(), spacing_mm);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_GT(record.metric("dice").values[k], 0.7);
    EXPECT_LT(record.metric("dice").values[k], 1);
    EXPECT_NEAR(record.metric("hausdorff").values[k], spacing_mm[2], 1e-6);
    EXPECT_LT(record.metric("assd").values[k], spacing_mm[2]);
    EXPECT_GT(record.metric("assd").values[k], 0);
  }
}

TEST(Kits19Volumes, GoThroughMapsAndMetricsBelow4GiB) {
  const auto root = testing::data_folder("KiTS19_labels");
  if (root.empty()) GTEST_SKIP() << "no KiTS19_labels in REGIONWISE_DATA";
  std::int64_t volumes = 0;
  for (const auto& folder : std::filesystem::directory_iterator(root)) {
    if (!folder.is_directory()) continue;
    const std::string id = folder.path().filename().string();
    SCOPED_TRACE(id);
    auto read = storage::read_nifti_classes(folder.path() / "segmentation.nii.gz",
                                            {{0, 0}, {1, 1}, {2, 2}});
    ASSERT_TRUE(read.unknown.empty());
    const Volume<Label> labels =
        storage::to_canonical(std::move(read.classes), storage::orientation_of(read.geometry));
    const Spacing3 spacing_mm = storage::canonical_geometry(read.geometry).spacing_mm;
    const std::int64_t labelled = check_maps(labels);
    EXPECT_GT(labelled, 0);
    check_metrics(id, labels, spacing_mm);
    std::printf("%s: %lld x %lld x %lld, %lld labelled slices; peak %.2f GiB\n",
                id.c_str(),
                static_cast<long long>(labels.shape.depth),
                static_cast<long long>(labels.shape.height),
                static_cast<long long>(labels.shape.width),
                static_cast<long long>(labelled),
                peak_gib());
    ++volumes;
  }
  EXPECT_EQ(volumes, 12);
  EXPECT_LT(peak_gib(), 4);
}

}  // namespace
}  // namespace regionwise

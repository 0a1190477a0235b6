#include <gtest/gtest.h>

#include <cmath>

#include "metrics/metric.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"

namespace regionwise::metrics {
namespace {

/// A label map of the golden file: [H, W] or [D, H, W].
Volume<Label> read_labels(const storage::Hdf5Reader& file, const std::string& dataset) {
  const storage::Extents extents = file.extents(dataset);
  const std::size_t n = extents.size();
  Volume<Label> labels(Shape3{n == 3 ? extents[0] : 1, extents[n - 2], extents[n - 1]});
  const auto stored = file.read<std::uint8_t>(dataset);
  labels.values.assign(stored.begin(), stored.end());
  return labels;
}

/// [y, x] or [z, y, x].
Spacing3 read_spacing(const storage::Hdf5Reader& file, const std::string& dataset) {
  const auto spacing = file.read<double>(dataset);
  return spacing.size() == 3 ? Spacing3{spacing[0], spacing[1], spacing[2]}
                             : Spacing3{1, spacing[0], spacing[1]};
}

TEST(GoldenMetrics, AreTheReferences) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"assd", "assd"}, {"dice", "dice"}, {"hausdorff", "hd"}, {"hausdorff95", "hd95"}};
  const storage::Hdf5Reader file(testing::golden_file("metrics.h5"));
  const auto cases = file.children("/");
  ASSERT_FALSE(cases.empty());
  for (const std::string& id : cases) {
    SCOPED_TRACE(id);
    const Volume<Label> prediction = read_labels(file, id + "/test");
    const Volume<Label> reference = read_labels(file, id + "/reference");
    // The file counts the background as a class; shifting all labels up scores it as one.
    const auto shifted = [](Volume<Label> labels) {
      for (Label& label : labels.values) ++label;
      return labels;
    };
    const std::int64_t classes = file.integer_attribute(id, "num_labels");
    storage::MetricsRecord record = make_record(
        std::vector<std::string>(static_cast<std::size_t>(classes), "class"), EmptyRule::nan_drop);
    score_case(record,
               id,
               id,
               shifted(prediction).view(),
               shifted(reference).view(),
               read_spacing(file, id + "/spacing"));
    for (std::size_t m = 0; m < names.size(); ++m) {
      SCOPED_TRACE(names[m].second);
      ASSERT_EQ(record.metrics[m].name, names[m].first);
      const auto expected = file.read<double>(id + "/" + names[m].second);
      ASSERT_EQ(record.metrics[m].values.size(), expected.size());
      for (std::size_t k = 0; k < expected.size(); ++k) {
        if (std::isnan(expected[k])) {
          EXPECT_TRUE(std::isnan(record.metrics[m].values[k])) << "label " << k;
        } else {
          EXPECT_NEAR(record.metrics[m].values[k], expected[k], 1e-9) << "label " << k;
        }
      }
    }
  }
}

}  // namespace
}  // namespace regionwise::metrics

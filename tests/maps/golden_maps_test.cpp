#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "maps/map.hpp"
#include "storage/hdf5.hpp"
#include "support/golden.hpp"

namespace regionwise::maps {
namespace {

/// One label map of the file, [H, W] or [D, H, W].
struct GoldenCase {
  std::vector<Label> labels;
  Shape3 shape;
  int classes;
  int dimensions;

  LabelBatch batch() const { return {labels, 1, shape, classes, {1, 1, 1}}; }
};

GoldenCase read_case(const storage::Hdf5Reader& file, const std::string& id) {
  const storage::Extents extents = file.extents(id + "/labels");
  const std::size_t n = extents.size();
  const auto labels = file.read<std::uint8_t>(id + "/labels");
  return {{labels.begin(), labels.end()},
          {n == 3 ? extents[0] : 1, extents[n - 2], extents[n - 1]},
          static_cast<int>(file.integer_attribute(id, "K")),
          static_cast<int>(n)};
}

void expect_map(const MapSpecification& map,
                const GoldenCase& golden,
                const std::vector<double>& expected) {
  const auto in_double = map.compute<double>(golden.batch());
  const auto in_float = map.compute<float>(golden.batch());
  ASSERT_EQ(in_double.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(in_double[i], expected[i], 1e-12) << "element " << i;
    ASSERT_NEAR(in_float[i], expected[i], 1e-6 * std::abs(expected[i])) << "element " << i;
  }
}

/// Every case of the file by both rules; `stored` is the map's name there.
void expect_parity(const std::string& name, const std::string& stored) {
  const storage::Hdf5Reader file(testing::golden_file("maps.h5"));
  const auto ids = file.children("/");
  ASSERT_FALSE(ids.empty());
  for (const std::string& id : ids) {
    SCOPED_TRACE(id);
    const GoldenCase golden = read_case(file, id);
    Json description = {{"name", name}, {"dimensions", golden.dimensions}};
    const auto corrected = file.read<double>(id + "/" + stored);
    expect_map(MapSpecification(description, id), golden, corrected);
    SCOPED_TRACE("by the reference's rules");
    description["reference-quirks"] = true;
    const MapSpecification reference(description, id);
    if (file.has_attribute(id, stored + "_ref_error")) {
      EXPECT_THROW(reference.compute<double>(golden.batch()), DataError);
    } else if (file.integer_attribute(id, stored + "_ref_ok") != 0) {
      expect_map(reference, golden, corrected);
    } else {
      expect_map(reference, golden, file.read<double>(id + "/" + stored + "_ref"));
    }
  }
}

TEST(GoldenMaps, BoundaryIsTheReferences) {
  expect_parity("boundary", "boundary");
}

TEST(GoldenMaps, RectifiedIsTheReferences) {
  expect_parity("rectified", "rrw");
}

}  // namespace
}  // namespace regionwise::maps

#include "sources/conversion.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "geometry/pillow_resize.hpp"
#include "storage/orientation.hpp"
#include "support/random_volumes.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

constexpr SliceConversion kHalve{true, {4, 3}};

storage::ImageGeometry straight_grid(const Shape3& shape) {
  storage::ImageGeometry geometry;
  geometry.shape = shape;
  geometry.spacing_mm = {5, 0.75, 0.5};
  geometry.world_from_voxel = {{{0.5, 0, 0, -10}, {0, 0.75, 0, 20}, {0, 0, 5, 30}}};
  geometry.nifti_header = {1, 2, 3};
  return geometry;
}

/// Slices 1, 2 and 4 of five hold labels; two channels.
RawCase example() {
  RawCase raw;
  raw.id = "x";
  raw.channels = 2;
  raw.geometry = straight_grid({5, 8, 6});
  raw.label = Volume<Label>(raw.geometry.shape);
  for (const std::int64_t z : {1, 2, 4}) {
    for (std::int64_t y = 2; y < 6; ++y) {
      for (std::int64_t x = 0; x < 4; ++x) raw.label.at(z, y, x) = 2;
    }
  }
  raw.image.resize(2 * raw.label.values.size());
  for (std::size_t i = 0; i < raw.image.size(); ++i)
    raw.image[i] = static_cast<float>(i / 48);  // channel * 5 + z
  return raw;
}

std::array<double, 3> place_of(const storage::ImageGeometry& grid, std::array<double, 3> xyz) {
  std::array<double, 3> place{};
  for (std::size_t row = 0; row < 3; ++row) {
    const auto& a = grid.world_from_voxel[row];
    place[row] = a[0] * xyz[0] + a[1] * xyz[1] + a[2] * xyz[2] + a[3];
  }
  return place;
}

TEST(Conversion, KeepsTheSlicesWithLabelsOfImageAndLabel) {
  for (const auto preset : {ConversionPreset::authors, ConversionPreset::paper}) {
    const RawCase done = convert_slices(example(), kHalve, preset);
    EXPECT_EQ(done.label.shape, (Shape3{3, 4, 3}));
    EXPECT_EQ(done.shape(), done.label.shape);
    ASSERT_EQ(done.image.size(), 2U * 36U);
    for (std::size_t slice = 0; slice < 6; ++slice) {
      const std::array<float, 6> expected = {1, 2, 4, 6, 7, 9};
      EXPECT_FLOAT_EQ(done.image[slice * 12], expected[slice]);
      EXPECT_FLOAT_EQ(done.image[slice * 12 + 11], expected[slice]);
    }
    EXPECT_EQ(done.id, "x");
    EXPECT_EQ(done.channels, 2);
  }
}

TEST(Conversion, AuthorsLabelsAreFilteredAndPapersAreNot) {
  const RawCase authors = convert_slices(example(), kHalve, ConversionPreset::authors);
  const RawCase paper = convert_slices(example(), kHalve, ConversionPreset::paper);
  std::vector<std::uint8_t> slice(48);
  const RawCase raw = example();
  std::copy_n(raw.label.values.begin() + 48, 48, slice.begin());
  const auto filtered = geometry::pillow_bicubic(slice, {8, 6}, {4, 3});
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(static_cast<int>(authors.label.values[i]), static_cast<int>(filtered[i]));
  }
  EXPECT_EQ(std::count(paper.label.values.begin(), paper.label.values.end(), 1), 0);
  EXPECT_EQ(paper.label.at(0, 1, 1), 2);
  EXPECT_EQ(paper.label.at(0, 1, 2), 0);
}

TEST(Conversion, PaperSaysWhereTheVoxelsLieAndAuthorsKeepTheHeader) {
  const storage::ImageGeometry before = example().geometry;
  const RawCase authors = convert_slices(example(), kHalve, ConversionPreset::authors);
  EXPECT_EQ(authors.geometry.spacing_mm, before.spacing_mm);
  EXPECT_EQ(authors.geometry.world_from_voxel, before.world_from_voxel);
  const RawCase paper = convert_slices(example(), kHalve, ConversionPreset::paper);
  EXPECT_EQ(paper.geometry.spacing_mm, (Spacing3{5, 1.5, 1}));
  // Both corners of the first kept slice, half a voxel outside the centres.
  const auto first = place_of(paper.geometry, {-0.5, -0.5, 0});
  const auto expected_first = place_of(before, {-0.5, -0.5, 1});
  const auto last = place_of(paper.geometry, {2.5, 3.5, 0});
  const auto expected_last = place_of(before, {5.5, 7.5, 1});
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_DOUBLE_EQ(first[row], expected_first[row]);
    EXPECT_DOUBLE_EQ(last[row], expected_last[row]);
  }
  for (const RawCase& one : {authors, paper}) EXPECT_TRUE(one.geometry.nifti_header.empty());
}

TEST(Conversion, PaperRemembersWhichSlicesAGapSeparates) {
  const RawCase authors = convert_slices(example(), kHalve, ConversionPreset::authors);
  EXPECT_EQ(authors.geometry.shape.depth, 3);
  EXPECT_TRUE(authors.kept_slices.empty());
  const RawCase paper = convert_slices(example(), kHalve, ConversionPreset::paper);
  EXPECT_EQ(paper.geometry.shape.depth, 4);
  EXPECT_EQ(paper.kept_slices, (std::vector<std::int64_t>{0, 1, 3}));
  const Volume<Label> whole = label_on_grid(paper);
  ASSERT_EQ(whole.shape, (Shape3{4, 4, 3}));
  EXPECT_EQ(whole.at(1, 1, 1), 2);
  EXPECT_EQ(whole.at(2, 1, 1), 0);
  EXPECT_EQ(whole.at(3, 1, 1), 2);
  RawCase without_gap = example();
  std::fill_n(without_gap.label.values.begin() + 4 * 48, 48, Label{0});
  const RawCase pair = convert_slices(without_gap, kHalve, ConversionPreset::paper);
  EXPECT_EQ(pair.geometry.shape.depth, 2);
  EXPECT_TRUE(pair.kept_slices.empty());
}

TEST(Conversion, ResultIsCanonicalHoweverTheSourceWasStored) {
  RawCase raw = example();
  // As KiTS19 stores it: (x, y, z) of the file run towards inferior, posterior, left.
  raw.geometry.shape = {6, 8, 5};
  raw.geometry.spacing_mm = {0.5, 0.75, 5};
  raw.geometry.world_from_voxel = {{{0, 0, -0.5, 0}, {0, -0.75, 0, 0}, {-5, 0, 0, 0}}};
  const RawCase done = convert_slices(raw, kHalve, ConversionPreset::paper);
  EXPECT_TRUE(storage::orientation_of(done.geometry).identity());
  EXPECT_EQ(done.shape(), (Shape3{3, 4, 3}));
  EXPECT_EQ(done.geometry.spacing_mm, (Spacing3{5, 1.5, 1}));
  // Slice 1 of five from below is the file's fourth: 15 mm below its first.
  EXPECT_DOUBLE_EQ(done.geometry.world_from_voxel[2][3], -15);
  EXPECT_DOUBLE_EQ(done.geometry.world_from_voxel[0][3], -2.5 + 0.25);
}

TEST(Conversion, ChangesOnlyWhatIsAskedFor) {
  const RawCase all = convert_slices(example(), {false, {4, 3}}, ConversionPreset::paper);
  EXPECT_EQ(all.label.shape, (Shape3{5, 4, 3}));
  const storage::ImageGeometry expected =
      largest_converted_grid(example().geometry, kHalve, ConversionPreset::paper);
  EXPECT_EQ(all.geometry.shape, expected.shape);
  EXPECT_EQ(all.geometry.world_from_voxel, expected.world_from_voxel);
  const RawCase raw = example();
  const RawCase same = convert_slices(raw, {false, {0, 0}}, ConversionPreset::paper);
  EXPECT_EQ(same.label.values, raw.label.values);
  EXPECT_EQ(same.image, raw.image);
  EXPECT_EQ(same.geometry.world_from_voxel, raw.geometry.world_from_voxel);
}

TEST(Conversion, RefusesACaseWithoutLabels) {
  RawCase raw = example();
  std::fill(raw.label.values.begin(), raw.label.values.end(), Label{0});
  raw.label_file = "x_label.nii";
  const std::string message =
      testing::message_of<DataError>([&] { convert_slices(raw, kHalve, ConversionPreset::paper); });
  EXPECT_EQ(message.find("x_label.nii: case x: no slice"), 0U) << message;
}

RC_GTEST_PROP(Conversion, PaperInventsNoLabelAndAuthorsNoneAboveTheLargest, ()) {
  RawCase raw;
  raw.id = "x";
  const Shape3 shape = *testing::any_shape(4, 30);
  raw.geometry = straight_grid(shape);
  raw.label = testing::any_labels(shape, 100);
  raw.label.values[0] = 1;
  raw.image.assign(raw.label.values.size(), 1.0F);
  const std::int64_t height = *testing::uniform<std::int64_t>(1, 30);
  const std::int64_t width = *testing::uniform<std::int64_t>(1, 30);
  const SliceConversion how{false, {height, width}};
  const RawCase paper = convert_slices(raw, how, ConversionPreset::paper);
  const RawCase authors = convert_slices(raw, how, ConversionPreset::authors);
  const auto slice_max = [](const Volume<Label>& labels, std::int64_t z) {
    const auto first = labels.values.begin() + z * labels.shape.slice_size();
    return *std::max_element(first, first + labels.shape.slice_size());
  };
  for (std::int64_t z = 0; z < shape.depth; ++z) {
    RC_ASSERT(slice_max(authors.label, z) <= slice_max(raw.label, z));
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        // Some source voxel that the new one touches has its label.
        std::set<Label> source;
        for (std::int64_t v = y * shape.height / height; v * height < (y + 1) * shape.height; ++v) {
          for (std::int64_t u = x * shape.width / width; u * width < (x + 1) * shape.width; ++u)
            source.insert(raw.label.at(z, v, u));
        }
        RC_ASSERT(source.contains(paper.label.at(z, y, x)));
      }
    }
  }
}

}  // namespace
}  // namespace regionwise::sources

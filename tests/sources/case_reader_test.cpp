#include "sources/case_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "sources/image_folder.hpp"
#include "support/image_files.hpp"

namespace regionwise::sources {
namespace {

using testing::small_grid;
using testing::write_label;

class CaseReader : public ImageFolder {};

TEST_F(CaseReader, RefusesAnImageOfAnotherShapeThanItsLabel) {
  write_decathlon(kDecathlonJson, {"a"});
  write_label(folder_ / "labelsTr/a.nii.gz", {0, 1}, small_grid({3, 4, 6}));
  const std::string message = complaint();
  EXPECT_NE(message.find("labelsTr/a.nii.gz: has 6x4x3 voxels"), std::string::npos) << message;
}

TEST_F(CaseReader, PassesOverRoundingWarnsBelowAVoxelAndRefusesBeyond) {
  write_decathlon(kDecathlonJson, {"a"});
  const auto shift = [&](double mm) {
    write_label(folder_ / "labelsTr/a.nii.gz", {0, 1, 2}, small_grid({3, 4, 5}, mm));
  };
  shift(0.005);
  EXPECT_EQ(complaint(), "");
  EXPECT_EQ(logged(), "");
  shift(0.5);
  EXPECT_EQ(complaint(), "");
  EXPECT_NE(logged().find("0.5 mm"), std::string::npos);
  shift(1.5);
  EXPECT_NE(complaint().find("--trust-label-grid"), std::string::npos);
  EXPECT_NO_THROW(read(find(decathlon()), 0, true));
}

TEST_F(CaseReader, NamesAnUnknownLabelValueAndItsVoxels) {
  write_decathlon(kDecathlonJson, {"a"});
  write_label(folder_ / "labelsTr/a.nii.gz", {0, 1, 2, 7});
  const std::string message = complaint();
  for (const char* part : {"case a", "7 (15 voxels)", "1 a", "--label-map 7="}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST_F(CaseReader, TellsAnImageFromALabelMap) {
  write_decathlon(kDecathlonJson, {"a"});
  // 0, 1 and 2 are classes; 50 other values might still be labels.
  testing::write_volume(folder_ / "labelsTr/a.nii.gz", small_grid(), [](std::size_t i) {
    return static_cast<double>(i % 53);
  });
  EXPECT_NE(complaint().find("--label-map 3="), std::string::npos) << complaint();
  testing::write_volume(folder_ / "labelsTr/a.nii.gz", small_grid(), [](std::size_t i) {
    return static_cast<double>(i % 54);
  });
  const std::string message = complaint();
  for (const char* part : {"labelsTr/a.nii.gz: case a: 51 values from 3 to 53 are no class",
                           "looks like an image, not a label map",
                           "--skip-bad"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(message.find("--label-map"), std::string::npos) << message;
}

TEST_F(CaseReader, WarnsOfSpacingThatIsNobodys) {
  write_decathlon(kDecathlonJson, {"a"});
  const auto with_spacing = [&](double mm) {
    storage::ImageGeometry grid = small_grid();
    grid.spacing_mm[2] = mm;
    grid.world_from_voxel[0] = {mm, 0, 0, 0};
    testing::write_image(folder_ / "imagesTr/a.nii.gz", grid);
    testing::write_label(folder_ / "labelsTr/a.nii.gz", {0, 1, 2}, grid);
  };
  for (const double usual : {0.06, 40.0}) {
    with_spacing(usual);
    EXPECT_EQ(complaint(), "");
  }
  EXPECT_EQ(logged(), "");
  with_spacing(0.001);
  EXPECT_EQ(complaint(), "");
  EXPECT_NE(logged().find("imagesTr/a.nii.gz: a voxel spacing of 0.001 mm is unusual; check the "
                          "file's units"),
            std::string::npos)
      << logged();
  with_spacing(1000);
  EXPECT_EQ(complaint(), "");
  EXPECT_NE(logged().find("a voxel spacing of 1000 mm is unusual"), std::string::npos) << logged();
}

TEST_F(CaseReader, KnowsAMaskStoredAs255) {
  Json json = kDecathlonJson;
  json["labels"] = {{"0", "background"}, {"1", "a"}};
  write_decathlon(json, {"a"});
  write_label(folder_ / "labelsTr/a.nii.gz", {0, 255});
  EXPECT_NE(complaint().find("--label-map 255=1"), std::string::npos);
  Description mapped = decathlon();
  mapped.label_map[255] = 1;
  const SourceData source = find(mapped);
  EXPECT_EQ(read(source).label.values[1], 1);
  mapped.label_map[255] = 2;
  EXPECT_THROW(find(mapped), UsageError);
}

TEST_F(CaseReader, RefusesFilesThatAreNoImages) {
  write_decathlon(kDecathlonJson, {"a"});
  const auto path = folder_ / "imagesTr/a.nii.gz";
  const std::string whole = testing::bytes_of(path);
  testing::write_bytes(path, whole.substr(0, whole.size() / 2));
  EXPECT_NE(complaint().find("a.nii.gz"), std::string::npos);
  testing::write_bytes(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  EXPECT_NE(complaint().find("LFS"), std::string::npos);
  testing::write_volume(
      path, small_grid(), [](std::size_t i) { return i == 7 ? std::nan("") : 1.0; });
  EXPECT_NE(complaint().find("a.nii.gz"), std::string::npos);
}

TEST_F(CaseReader, RefusesLabelsThatAreNotWhole) {
  write_decathlon(kDecathlonJson, {"a"});
  testing::write_volume(folder_ / "labelsTr/a.nii.gz", small_grid(), [](std::size_t i) {
    return i == 3 ? 0.5 : 1.0;
  });
  EXPECT_NE(complaint().find("0.5"), std::string::npos);
}

TEST_F(CaseReader, FindsEveryBadHeaderBeforeAnyVoxelIsRead) {
  write_decathlon(kDecathlonJson, {"a", "b", "c", "d", "e"});
  testing::write_bytes(folder_ / "imagesTr/a.nii.gz", "version https://git-lfs.github.com/spec/v1");
  testing::write_bytes(folder_ / "labelsTr/a.nii.gz", "");
  write_label(folder_ / "labelsTr/b.nii.gz", {0, 1}, small_grid({3, 4, 6}));
  write_label(folder_ / "labelsTr/c.nii.gz", {0, 1}, small_grid({3, 4, 5}, 30));
  // A bad voxel is not seen yet.
  write_label(folder_ / "labelsTr/d.nii.gz", {0, 99});
  SourceData source = find(decathlon());
  ASSERT_TRUE(source.problems.empty());
  check_headers(source, false);
  ASSERT_EQ(source.problems.size(), 3U);
  EXPECT_NE(source.problems[0].second.find("LFS"), std::string::npos);
  EXPECT_NE(source.problems[0].second.find("is empty"), std::string::npos) << "both files are bad";
  EXPECT_NE(source.problems[1].second.find("has 6x4x3 voxels"), std::string::npos);
  EXPECT_NE(source.problems[2].second.find("--trust-label-grid"), std::string::npos);
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[0].id, "d");
  SourceData trusting = find(decathlon());
  check_headers(trusting, true);
  EXPECT_EQ(trusting.problems.size(), 2U);
}

TEST_F(CaseReader, ChannelsThatAreTooManyAreAProblemOfTheHeader) {
  Json json = kDecathlonJson;
  json["modality"] = {{"0", "T1"}, {"1", "T2"}};
  write_decathlon(json, {"a"});
  SourceData source = find(decathlon());
  check_headers(source, false);
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_NE(source.problems[0].second.find("holds 1 channels, expected 2"), std::string::npos);
}

TEST_F(CaseReader, VoxelsAreReturnedInCanonicalOrderWhateverTheFiles) {
  write_decathlon(kDecathlonJson, {"a"});
  // The same grid with x towards left and the axes in the order y, z, x; the label stays as it was.
  storage::ImageGeometry stored;
  stored.shape = {5, 3, 4};
  stored.spacing_mm = {1, 4, 2};
  stored.world_from_voxel = {{{0, 0, -1, 4}, {2, 0, 0, 0}, {0, 4, 0, 0}}};
  testing::write_volume(folder_ / "imagesTr/a.nii.gz", stored, [](std::size_t i) { return i; });
  SourceData source = find(decathlon());
  check_headers(source, false);
  ASSERT_TRUE(source.problems.empty()) << source.problems[0].second;
  const RawCase raw = read(source);
  EXPECT_EQ(logged(), "");
  EXPECT_EQ(raw.geometry.shape, stored.shape) << "the geometry is the stored one";
  EXPECT_EQ(raw.label.shape, (Shape3{3, 4, 5}));
  EXPECT_EQ(raw.label.values[5], 2);
  // Canonical (z, y, x) is stored (4 - x, z, y).
  EXPECT_EQ(raw.image[0], 4 * 12);
  EXPECT_EQ(raw.image[static_cast<std::size_t>((2 * 4 + 3) * 5 + 1)], (4 - 1) * 12 + 2 * 4 + 3);
}

TEST_F(CaseReader, TrustedLabelIsTurnedAsItsImage) {
  write_decathlon(kDecathlonJson, {"a"});
  storage::ImageGeometry flipped = small_grid();
  flipped.world_from_voxel[0] = {-1, 0, 0, 4};
  testing::write_volume(folder_ / "imagesTr/a.nii.gz", flipped, [](std::size_t i) { return i; });
  const SourceData source = find(decathlon());
  // By its header the label lies on the same grid, seen from the other side.
  EXPECT_EQ(read(source).label.values[0], 0);
  EXPECT_EQ(read(source, 0, true).label.values[0], 1) << "x = 4 of the first row holds 4 % 3";
}

}  // namespace
}  // namespace regionwise::sources

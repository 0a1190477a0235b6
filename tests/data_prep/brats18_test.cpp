#include <gtest/gtest.h>

#include <algorithm>

#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "storage/orientation.hpp"
#include "support/golden.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

using testing::small_grid;
using testing::TemporaryFolder;

/// Every voxel of channel c (in the order T2, T1, T1CE, FLAIR) holds about 100 c.
void write_patient(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  double base = 0;
  for (const char* channel : {"_t2", "_t1", "_t1ce", "_flair"}) {
    testing::write_volume(folder / (name + channel + ".nii.gz"), small_grid(), [&](std::size_t i) {
      return base + static_cast<double>(i) / 100;
    });
    base += 100;
  }
  testing::write_label(folder / (name + "_seg.nii.gz"), {0, 1, 2, 4});
}

TEST(Brats18, TakesHighGradeGliomaWithFourChannelsInThePapersOrder) {
  const TemporaryFolder folder;
  for (const char* name : {"Brats18_B_1", "Brats18_A_1", "Brats18_C_1"})
    write_patient(folder / (std::string("HGG/") + name));
  write_patient(folder / "LGG/Brats18_0_1");
  Log log("test", Verbosity::quiet);
  const SourceData source = find_cases(find_description("brats18"), folder.path(), log);
  EXPECT_TRUE(source.problems.empty());
  ASSERT_EQ(source.cases.size(), 3U);
  EXPECT_EQ(source.cases[0].id, "Brats18_A_1");
  EXPECT_EQ(source.cases[0].split, "train");
  EXPECT_EQ(source.cases[1].split, "validation");
  EXPECT_EQ(source.cases[2].split, "train");
  EXPECT_EQ(source.channels, (std::vector<std::string>{"T2", "T1", "T1CE", "FLAIR"}));
  const RawCase raw = read_case(source.cases[0], source, false, &log);
  ASSERT_EQ(raw.channels, 4);
  for (std::size_t c = 0; c < 4; ++c)
    EXPECT_FLOAT_EQ(raw.image[60 * c], 100.0F * static_cast<float>(c));
  EXPECT_EQ(raw.label.values[3], 3) << "label 4 is class 3";
  EXPECT_EQ(find_cases(find_description("brats18"), folder / "HGG", log).cases.size(), 3U);
}

TEST(Brats18, EveryMissingChannelIsNamed) {
  const TemporaryFolder folder;
  write_patient(folder / "A");
  std::filesystem::remove(folder / "A/A_t1ce.nii.gz");
  std::filesystem::remove(folder / "A/A_flair.nii.gz");
  Log log("test", Verbosity::quiet);
  const SourceData source = find_cases(find_description("brats18"), folder.path(), log);
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_NE(source.problems[0].second.find("channel 2 (T1CE), channel 3 (FLAIR) of case A are"),
            std::string::npos)
      << source.problems[0].second;
}

TEST(Brats18, RealTumoursAreUnderstood) {
  const auto root = testing::data_folder("BraTS_layout_TCGA_pseudo");
  if (root.empty()) GTEST_SKIP() << "no BraTS_layout_TCGA_pseudo in REGIONWISE_DATA";
  Log log("test", Verbosity::quiet);
  SourceData source = find_cases(find_description("brats18"), root, log);
  check_headers(source, false);
  EXPECT_TRUE(source.problems.empty());
  ASSERT_EQ(source.cases.size(), 2U);
  Label largest = 0;
  for (const CaseFiles& files : source.cases) {
    const RawCase raw = read_case(files, source, false, &log);
    EXPECT_EQ(raw.channels, 4);
    EXPECT_EQ(raw.label.shape, (Shape3{155, 240, 240}));
    EXPECT_EQ(raw.image.size(), 4U * 155U * 240U * 240U);
    // Stored towards left and posterior: both axes of the slices are turned.
    EXPECT_EQ(storage::orientation_of(raw.geometry),
              (storage::Orientation{{0, 1, 2}, {false, true, true}}));
    largest =
        std::max(largest, *std::max_element(raw.label.values.begin(), raw.label.values.end()));
  }
  EXPECT_EQ(largest, 3);
}

}  // namespace
}  // namespace regionwise::sources

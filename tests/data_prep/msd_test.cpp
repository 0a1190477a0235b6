#include <gtest/gtest.h>

#include <fstream>

#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

TEST(Msd, TakesEverythingFromDatasetJson) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "dataset.json")
      << R"({"name": "Liver", "modality": {"0": "CT"}, "labels": {"0": "background", "1": "liver"}})";
  for (const char* id : {"liver_2", "liver_10"}) {
    testing::write_image(folder / (std::string("imagesTr/") + id + ".nii"));
    testing::write_label(folder / (std::string("labelsTr/") + id + ".nii"), {0, 1});
  }
  Log log("test", Verbosity::quiet);
  const SourceData source = find_cases(find_description("msd"), folder.path(), log);
  EXPECT_EQ(source.channels, (std::vector<std::string>{"CT"}));
  EXPECT_EQ(source.classes, (std::vector<std::string>{"background", "liver"}));
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[0].id, "liver_10");
  EXPECT_EQ(read_case(source.cases[0], source, false, &log).label.values[1], 1);
}

}  // namespace
}  // namespace regionwise::sources

#include <gtest/gtest.h>

#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "support/golden.hpp"

namespace regionwise::sources {
namespace {

TEST(Hippocampus, IsUnderstoodByItsOwnDescriptionAndByTheGeneralOne) {
  const auto root = testing::data_folder("Task04_Hippocampus");
  if (root.empty()) GTEST_SKIP() << "no Task04_Hippocampus in REGIONWISE_DATA";
  Log log("test", Verbosity::quiet);
  for (const char* name : {"hippocampus", "msd"}) {
    SCOPED_TRACE(name);
    const SourceData source = find_cases(find_description(name), root, log);
    EXPECT_TRUE(source.problems.empty());
    ASSERT_EQ(source.cases.size(), 260U);
    EXPECT_EQ(source.channels, (std::vector<std::string>{"MRI"}));
    EXPECT_EQ(source.classes, (std::vector<std::string>{"background", "Anterior", "Posterior"}));
    EXPECT_EQ(std::count_if(source.cases.begin(),
                            source.cases.end(),
                            [](const CaseFiles& one) { return one.split == "train"; }),
              130);
  }
}

TEST(Hippocampus, LabelsOfFloatTypeAreRead) {
  const auto root = testing::data_folder("Task04_Hippocampus");
  if (root.empty()) GTEST_SKIP() << "no Task04_Hippocampus in REGIONWISE_DATA";
  Log log("test", Verbosity::quiet);
  const SourceData source = find_cases(find_description("hippocampus"), root, log);
  int read = 0;
  for (const CaseFiles& files : source.cases) {
    if (files.id != "hippocampus_003" && files.id != "hippocampus_243") continue;
    const RawCase raw = read_case(files, source, false, &log);
    EXPECT_EQ(*std::max_element(raw.label.values.begin(), raw.label.values.end()), 2);
    ++read;
  }
  EXPECT_EQ(read, 2);
}

}  // namespace
}  // namespace regionwise::sources

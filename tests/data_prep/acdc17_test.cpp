#include <gtest/gtest.h>

#include <set>

#include "sources/adapter.hpp"
#include "sources/case_reader.hpp"
#include "support/golden.hpp"
#include "support/image_files.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

class Acdc17 : public ::testing::Test {
 protected:
  std::filesystem::path patient(const std::string& name) { return folder_ / ("training/" + name); }

  /// A patient with the frames 1 and 12 and what else the official folders hold.
  void write_patient(const std::string& name) {
    for (const char* frame : {"_frame01", "_frame12"}) {
      testing::write_image(patient(name) / (name + frame + ".nii.gz"));
      testing::write_label(patient(name) / (name + frame + "_gt.nii.gz"), {0, 1, 2, 3});
    }
    testing::write_image(patient(name) / (name + "_4d.nii.gz"));
    write_info(name, "ED: 1\r\nES: 12\r\nGroup: DCM\r\nHeight: 184.0\r\nNbFrame: 30\r\n");
  }
  void write_info(const std::string& name, const std::string& text) {
    testing::write_bytes(patient(name) / "Info.cfg", text);
  }
  SourceData find() { return find_cases(find_description("acdc17"), folder_.path(), log_); }

  /// What is wrong where patient002 is changed by `change`.
  template <class Change>
  std::string complaint(Change&& change) {
    for (const char* name : {"patient001", "patient002"}) write_patient(name);
    change();
    const SourceData source = find();
    EXPECT_EQ(source.cases.front().id, "patient001_frame01");
    std::string all;
    for (const auto& [id, problem] : source.problems) all += id + " | " + problem + "\n";
    return all;
  }

  testing::TemporaryFolder folder_;
  Log log_{"test", Verbosity::quiet};
};

TEST_F(Acdc17, TakesTheFramesThatInfoCfgNamesAndSplitsByNumber) {
  for (const char* name : {"patient001", "patient002", "patient010"}) write_patient(name);
  // A third frame with a label, which Info.cfg does not name.
  testing::write_image(patient("patient001") / "patient001_frame05.nii.gz");
  testing::write_label(patient("patient001") / "patient001_frame05_gt.nii.gz");
  testing::write_label(folder_ / "testing/patient101/patient101_frame01_gt.nii.gz");
  const SourceData source = find();
  EXPECT_TRUE(source.problems.empty());
  ASSERT_EQ(source.cases.size(), 6U);
  EXPECT_EQ(source.cases[1].id, "patient001_frame12");
  EXPECT_EQ(source.cases[1].patient, "patient001");
  EXPECT_EQ(source.cases[0].split, "validation");
  EXPECT_EQ(source.cases[2].split, "train");
  EXPECT_EQ(source.cases[4].split, "train");
  EXPECT_EQ(source.metadata.size(), 3U);
  EXPECT_EQ(source.channels, (std::vector<std::string>{"MR"}));
  EXPECT_EQ(source.classes, (std::vector<std::string>{"background", "RV", "M", "LV"}));
  EXPECT_EQ(read_case(source.cases[0], source, false, &log_).label.values[3], 3);
  // The folder of the patients may be named itself.
  EXPECT_EQ(find_cases(find_description("acdc17"), folder_ / "training", log_).cases.size(), 6U);
}

TEST_F(Acdc17, FrameThatIsNamedButMissingIsAProblem) {
  const std::string text = complaint([&] { write_info("patient002", "ED: 1\nES: 9\n"); });
  EXPECT_NE(text.find("patient002_frame09 | "), std::string::npos) << text;
  EXPECT_NE(text.find("names frame 9 as ES"), std::string::npos) << text;
  EXPECT_EQ(text.find("frame12"), std::string::npos) << text;
}

TEST_F(Acdc17, FrameWithoutLabelIsAProblem) {
  const std::string text = complaint(
      [&] { std::filesystem::remove(patient("patient002") / "patient002_frame12_gt.nii.gz"); });
  EXPECT_NE(text.find("patient002_frame12.nii.gz: image without label"), std::string::npos) << text;
}

TEST_F(Acdc17, InfoCfgThatIsMissingOrMakesNoSenseIsAProblemOfThePatient) {
  for (const char* info : {"", "ED: 1\n", "ED: 1\nES: twelve\n", "ED: 1\nES:\n"}) {
    const std::string text = complaint([&] { write_info("patient002", info); });
    EXPECT_NE(text.find("patient002/Info.cfg: "), std::string::npos) << info << text;
    EXPECT_NE(text.find("patient002_frame12 | "), std::string::npos) << info << text;
  }
  const std::string missing =
      complaint([&] { std::filesystem::remove(patient("patient002") / "Info.cfg"); });
  EXPECT_NE(missing.find("patient002/Info.cfg: missing"), std::string::npos) << missing;
}

TEST_F(Acdc17, PatientOfWhomOnlyInfoCfgIsThereIsAProblem) {
  const std::string text = complaint([&] {
    remove_folder(patient("patient002"));
    std::filesystem::create_directories(patient("patient002"));
    write_info("patient002", "ED: 1\nES: 12\n");
  });
  EXPECT_NE(text.find("patient002_frame01 | "), std::string::npos) << text;
  EXPECT_NE(text.find("patient002_frame12 | "), std::string::npos) << text;
}

TEST_F(Acdc17, RealHeartsAreUnderstood) {
  const auto root = testing::data_folder("ACDC17_from_png");
  if (root.empty()) GTEST_SKIP() << "no ACDC17_from_png in REGIONWISE_DATA";
  SourceData source = find_cases(find_description("acdc17"), root, log_);
  check_headers(source, false);
  EXPECT_TRUE(source.problems.empty());
  ASSERT_EQ(source.cases.size(), 32U);
  std::set<std::string> patients;
  for (const CaseFiles& one : source.cases) {
    patients.insert(one.patient);
    EXPECT_EQ(one.split, (one.patient.back() - '0') % 2 == 0 ? "train" : "validation");
  }
  EXPECT_EQ(patients.size(), 16U);
  const RawCase raw = read_case(source.cases[0], source, false, &log_);
  EXPECT_EQ(*std::max_element(raw.label.values.begin(), raw.label.values.end()), 3);
}

}  // namespace
}  // namespace regionwise::sources

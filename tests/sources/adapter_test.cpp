#include "sources/adapter.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "sources/image_folder.hpp"
#include "support/image_files.hpp"

namespace regionwise::sources {
namespace {

using testing::message_of;
using testing::small_grid;
using testing::TemporaryFolder;
using testing::write_image;
using testing::write_label;

class Adapter : public ImageFolder {};

TEST_F(Adapter, ReadsADecathlonFolder) {
  write_decathlon(kDecathlonJson, {"b", "a"});
  const SourceData source = find(decathlon());
  EXPECT_EQ(source.channels, (std::vector<std::string>{"MRI"}));
  EXPECT_EQ(source.classes, (std::vector<std::string>{"background", "a", "b"}));
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[0].id, "a");
  EXPECT_EQ(source.cases[0].split, "train");
  EXPECT_EQ(source.cases[1].split, "validation");
  const RawCase raw = read(source);
  EXPECT_EQ(raw.image[1], 103);
  EXPECT_EQ(raw.label.values[5], 2);
  EXPECT_EQ(raw.geometry.spacing_mm, (Spacing3{4, 2, 1}));
}

TEST_F(Adapter, ReadsAnNnunetFolderOfSeveralChannels) {
  write_json(folder_ / "dataset.json",
             {{"channel_names", {{"0", "T1"}, {"1", "T2"}}},
              {"labels", {{"background", 0}, {"a", 1}, {"b", 2}}},
              {"numTraining", 1},
              {"file_ending", ".nii.gz"}});
  write_image(folder_ / "imagesTr/x_0000.nii.gz");
  testing::write_volume(
      folder_ / "imagesTr/x_0001.nii.gz", small_grid(), [](std::size_t i) { return i; });
  write_label(folder_ / "labelsTr/x.nii.gz");
  const SourceData source = find(decathlon());
  const RawCase raw = read(source);
  ASSERT_EQ(raw.channels, 2);
  EXPECT_EQ(raw.image[1], 103);
  EXPECT_EQ(raw.image[60 + 1], 1);
}

TEST_F(Adapter, ChannelThatIsMissingIsAProblem) {
  write_json(folder_ / "dataset.json",
             {{"modality", {{"0", "T1"}, {"1", "T2"}}}, {"labels", kDecathlonJson["labels"]}});
  write_image(folder_ / "imagesTr/x_0000.nii.gz");
  write_label(folder_ / "labelsTr/x.nii.gz");
  const SourceData source = find(decathlon());
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_NE(source.problems[0].second.find("channel 1 (T2)"), std::string::npos);
}

TEST_F(Adapter, TakesImagesAndLabelsWithoutDatasetJsonWhereTheDescriptionNamesTheClasses) {
  write_image(folder_ / "images/x.nii.gz");
  write_label(folder_ / "labels/x.nii.gz");
  EXPECT_THROW(find(decathlon()), DataError);
  Description named = decathlon();
  named.channels = {"MRI"};
  named.classes = {"background", "a", "b"};
  EXPECT_EQ(find(named).cases.size(), 1U);
}

TEST_F(Adapter, RefusesNamesThatNoFileTakesBeforeItReadsImages) {
  write_decathlon(
      {{"modality", {{"0", "MRI"}}}, {"labels", {{"0", "background"}, {"1", "a\n# b"}}}}, {"a"});
  EXPECT_THROW(find(decathlon()), DataError);
  write_decathlon({{"modality", {{"0", "\x1b[2J"}}}, {"labels", {{"0", "background"}, {"1", "a"}}}},
                  {"a"});
  EXPECT_THROW(find(decathlon()), DataError);
}

TEST_F(Adapter, ClassesFollowTheOrderOfTheLabelValues) {
  write_decathlon({{"modality", {{"0", "MRI"}}},
                   {"labels", {{"0", "background"}, {"4", "core"}, {"2", "edema"}}}},
                  {});
  write_image(folder_ / "imagesTr/x.nii.gz");
  write_label(folder_ / "labelsTr/x.nii.gz", {0, 2, 4});
  const SourceData source = find(decathlon());
  EXPECT_EQ(source.classes, (std::vector<std::string>{"background", "edema", "core"}));
  EXPECT_EQ(read(source).label.values[2], 2);
}

TEST_F(Adapter, PassesOverHiddenAndOtherFiles) {
  write_decathlon(kDecathlonJson, {"a"});
  std::ofstream(folder_ / "imagesTr/.DS_Store") << "x";
  std::ofstream(folder_ / "imagesTr/._a.nii.gz") << "x";
  std::ofstream(folder_ / "labelsTr/notes.txt") << "x";
  const SourceData source = find(decathlon());
  EXPECT_EQ(source.cases.size(), 1U);
  EXPECT_TRUE(source.problems.empty());
}

TEST_F(Adapter, ImageWithoutLabelAndLabelWithoutImageAreProblems) {
  write_decathlon(kDecathlonJson, {"a"});
  write_image(folder_ / "imagesTr/b.nii.gz");
  write_label(folder_ / "labelsTr/c.nii.gz");
  const SourceData source = find(decathlon());
  EXPECT_EQ(source.cases.size(), 1U);
  ASSERT_EQ(source.problems.size(), 2U);
  EXPECT_NE(source.problems[0].second.find("b.nii.gz: image without label"), std::string::npos);
  EXPECT_NE(source.problems[1].second.find("c.nii.gz: label without image"), std::string::npos);
}

TEST_F(Adapter, BadCaseMovesNoOtherBetweenTheSplits) {
  write_decathlon(kDecathlonJson, {"a", "b", "c"});
  std::filesystem::remove(folder_ / "labelsTr/b.nii.gz");
  const SourceData source = find(decathlon());
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[1].id, "c");
  EXPECT_EQ(source.cases[1].split, "train");
}

TEST_F(Adapter, ListedCaseThatIsAbsentIsAProblemAndAnUnlistedPairIsLeftOut) {
  Json json = kDecathlonJson;
  json["training"] = {{{"image", "./imagesTr/a.nii.gz"}, {"label", "./labelsTr/a.nii.gz"}},
                      {{"image", "./imagesTr/gone.nii.gz"}, {"label", "./labelsTr/gone.nii.gz"}}};
  write_decathlon(json, {"a", "extra"});
  const SourceData source = find(decathlon());
  ASSERT_EQ(source.cases.size(), 1U);
  EXPECT_EQ(source.cases[0].id, "a");
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_EQ(source.problems[0].first, "gone");
  EXPECT_NE(logged().find("1 cases"), std::string::npos);
}

TEST_F(Adapter, WarnsOfAnotherNumberOfCasesOrPatientsThanThereShouldBe) {
  Json json = kDecathlonJson;
  for (const Json& right : {Json(2), Json("two"), Json(2.5)}) {
    json["numTraining"] = right;
    write_decathlon(json, {"a", "b"});
    find(decathlon());
  }
  EXPECT_EQ(logged().find("found"), std::string::npos) << logged();
  json["numTraining"] = 50;
  write_decathlon(json, {});
  Description more = decathlon();
  more.patients = 3;
  find(more);
  const std::string where = (folder_ / "dataset.json").string();
  const std::string end = ": who trains and who validates may differ";
  EXPECT_NE(logged().find("2 labelled cases found, but " + where + " has 50" + end),
            std::string::npos)
      << logged();
  EXPECT_NE(logged().find("2 patients found, but msd has 3" + end), std::string::npos);
}

TEST_F(Adapter, RefusesAListThatTheFoldersDoNotFollow) {
  const auto message = [&](const Json& training) {
    Json json = kDecathlonJson;
    json["training"] = training;
    write_decathlon(json, {"a", "b"});
    return message_of<DataError>([&] { find(decathlon()); });
  };
  const Json a = {{"image", "./imagesTr/a.nii.gz"}, {"label", "./labelsTr/a.nii.gz"}};
  const Json of_b = {{"image", "./imagesTr/a.nii.gz"}, {"label", "./labelsTr/b.nii.gz"}};
  EXPECT_EQ(message(Json::array({a, a})), "");
  EXPECT_NE(message(Json::array({of_b})).find("image \"a\" has the label \"b\""),
            std::string::npos);
}

TEST_F(Adapter, SaysWhatItLookedForAndWhatItFound) {
  std::filesystem::create_directories(folder_ / "pictures");
  const std::string message = message_of<DataError>([&] { find(decathlon()); });
  EXPECT_NE(message.find("imagesTr"), std::string::npos) << message;
  EXPECT_NE(message.find("pictures/"), std::string::npos) << message;
  EXPECT_THROW(find_cases(decathlon(), folder_ / "nowhere", log_), IoError);
}

TEST_F(Adapter, RefusesDatasetJsonItCannotUnderstand) {
  for (const Json& labels : {Json::parse(R"({"background": 0, "whole": [1, 2]})"),
                             Json::parse(R"({"background": 0, "a": 1, "ignore": 2})"),
                             Json::parse(R"({"background": 0})"),
                             Json::parse("[]")}) {
    write_decathlon({{"modality", {{"0", "MRI"}}}, {"labels", labels}}, {"a"});
    EXPECT_THROW(find(decathlon()), DataError) << labels.dump();
  }
  Json png = kDecathlonJson;
  png["file_ending"] = ".png";
  write_decathlon(png, {"a"});
  EXPECT_THROW(find(decathlon()), DataError);
}

TEST_F(Adapter, FindsCasesByPatternAndGroupsThemByPatient) {
  for (const char* id : {"p1/p1_a", "p1/p1_b", "p2/p2_a", "p3/p3_a"}) {
    write_image(folder_ / (id + std::string("_t1.nii.gz")));
    write_image(folder_ / (id + std::string("_t2.nii")));  // either ending serves
    write_label(folder_ / (id + std::string("_gt.nii.gz")));
  }
  const SourceData source = find(patterns());
  ASSERT_EQ(source.cases.size(), 4U);
  EXPECT_EQ(source.cases[1].id, "p1_b");
  EXPECT_EQ(source.cases[1].patient, "p1");
  EXPECT_EQ(source.cases[0].split, source.cases[1].split);
  EXPECT_EQ(source.cases[2].split, "validation");
  EXPECT_EQ(source.cases[3].split, "train");
  EXPECT_EQ(read(source).channels, 2);
}

TEST_F(Adapter, PlaceholderThatStandsTwiceMatchesTheSameText) {
  write_image(folder_ / "a/a.nii.gz");
  write_image(folder_ / "a/b.nii.gz");
  write_label(folder_ / "a/seg.nii.gz");
  const SourceData source = find(patterns({{"images", {"{case}/{case}.nii.gz"}},
                                           {"label", "{case}/seg.nii.gz"},
                                           {"channels", {"T1"}}}));
  ASSERT_EQ(source.cases.size(), 1U);
  EXPECT_EQ(source.cases[0].images[0].filename(), "a.nii.gz");
}

TEST_F(Adapter, DigitsAndGroupsBesidePlaceholdersAreNoneOfTheirs) {
  write_image(folder_ / "a7/p1/a71.nii.gz");
  write_image(folder_ / "a7/p1/p12.nii.gz");
  write_label(folder_ / "a7/p1/seg.nii.gz");
  const SourceData source = find(patterns(
      {{"images", {"{case}/{patient}/{case}1.nii.gz", "{case}/{patient}/{patient}2.nii.gz"}},
       {"label", "{case}/{patient}/seg.nii.gz"},
       {"case", "(a|b)([0-9])"},
       {"channels", {"T1", "T2"}}}));
  ASSERT_EQ(source.cases.size(), 1U);
  EXPECT_EQ(source.cases[0].id, "a7");
  EXPECT_EQ(source.cases[0].patient, "p1");
  EXPECT_EQ(source.cases[0].images[1].filename(), "p12.nii.gz");
}

TEST_F(Adapter, ExpressionsChooseCasesAndPatients) {
  write_image(folder_ / "patient001_frame01.nii.gz");
  write_image(folder_ / "patient001_4d.nii.gz");
  write_label(folder_ / "patient001_frame01_gt.nii.gz");
  const SourceData source = find(patterns({{"images", {"{case}.nii.gz"}},
                                           {"label", "{case}_gt.nii.gz"},
                                           {"case", "patient[0-9]+_frame[0-9]+"},
                                           {"patient", "^(patient[0-9]+)"},
                                           {"channels", {"MR"}}}));
  ASSERT_EQ(source.cases.size(), 1U);
  EXPECT_EQ(source.cases[0].patient, "patient001");
  EXPECT_TRUE(source.problems.empty());
}

TEST_F(Adapter, SameImageTwiceIsAProblem) {
  write_decathlon(kDecathlonJson, {"a", "b"});
  write_image(folder_ / "imagesTr/a.nii");
  const SourceData source = find(decathlon());
  EXPECT_EQ(source.cases.size(), 1U);
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_NE(source.problems[0].second.find("the same image as"), std::string::npos);
}

TEST_F(Adapter, ImageOfAnotherFormatIsAProblemThatSaysSo) {
  write_decathlon(kDecathlonJson, {"a"});
  std::ofstream(folder_ / "imagesTr/b.mha") << "x";
  write_label(folder_ / "labelsTr/b.nii.gz");
  std::ofstream(folder_ / "imagesTr/a.png") << "a preview beside the image is none";
  const SourceData source = find(decathlon());
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_NE(source.problems[0].second.find("b.mha: images of this kind are not read"),
            std::string::npos);
  const TemporaryFolder other;
  write_image(other / "p/x_t1.nii.gz");
  std::ofstream(other / "p/x_t2.seg.nrrd") << "x";
  write_label(other / "p/x_gt.nii.gz");
  const SourceData by_pattern = find_cases(patterns(), other.path(), log_);
  ASSERT_EQ(by_pattern.problems.size(), 1U);
  EXPECT_NE(by_pattern.problems[0].second.find("x_t2.seg.nrrd"), std::string::npos);
}

TEST_F(Adapter, RefusesAClassThatIsNamedTwiceAndABackgroundThatIsMissing) {
  for (const char* labels : {R"({"0": "background", "1": "a", "2": "a"})",
                             R"({"background": 0, "a": 1, "b": 1})",
                             R"({"1": "a", "2": "b"})"}) {
    write_decathlon({{"modality", {{"0", "MRI"}}}, {"labels", Json::parse(labels)}}, {"a"});
    EXPECT_THROW(find(decathlon()), DataError) << labels;
  }
}

TEST_F(Adapter, TakesAsManyClassesOfADecathlonFolderAsLabelsCanName) {
  Json labels;
  for (int k = 0; k < 128; ++k) labels[std::to_string(k)] = "class " + std::to_string(k);
  write_decathlon({{"modality", {{"0", "MRI"}}}, {"labels", labels}}, {"a"});
  EXPECT_EQ(find(decathlon()).classes.size(), 128U);
  labels["128"] = "one too many";
  write_decathlon({{"modality", {{"0", "MRI"}}}, {"labels", labels}}, {"b"});
  EXPECT_THROW(find(decathlon()), DataError);
}

TEST_F(Adapter, BrokenDatasetJsonIsBadData) {
  write_decathlon(kDecathlonJson, {"a"});
  for (const char* text : {"{", "{\"labels\": 1}", "[]"}) {
    testing::write_bytes(folder_ / "dataset.json", text);
    EXPECT_NE(message_of<DataError>([&] { find(decathlon()); }).find("dataset.json"),
              std::string::npos)
        << text;
  }
}

TEST_F(Adapter, KnownErrorsStayUnlessTheyAreToBeLeftOut) {
  write_decathlon(kDecathlonJson, {"a", "b", "c"});
  Description description = decathlon();
  description.errata = {{"b", "2019-03-18", "slices twice"}, {"absent", "2019-03-18", "too"}};
  EXPECT_EQ(find(description).cases.size(), 3U);
  EXPECT_NE(logged().find("known errors (b)"), std::string::npos);
  FindOptions options;
  options.skip_errata = true;
  const SourceData source = find_cases(description, folder_.path(), log_, options);
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[1].split, "train") << "the split counts all";
  EXPECT_EQ(source.left_out, (Remarks{{"b", "known error (2019-03-18): slices twice"}}));
}

TEST_F(Adapter, GivenSplitsReplaceTheRule) {
  write_decathlon(kDecathlonJson, {"a", "b", "c"});
  FindOptions options;
  options.splits = Splits{"s.json", {"c"}, {"a"}};
  const SourceData source = find_cases(decathlon(), folder_.path(), log_, options);
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[0].split, "validation");
  EXPECT_EQ(source.cases[1].split, "train");
  EXPECT_EQ(source.left_out, (Remarks{{"b", "in neither list of s.json"}}));
}

TEST_F(Adapter, PatientWithoutNumberIsAProblemWhereNumbersSplit) {
  write_decathlon(kDecathlonJson, {"p1", "p2", "left"});
  Description description = decathlon();
  description.split_by_number = true;
  const SourceData source = find(description);
  ASSERT_EQ(source.cases.size(), 2U);
  EXPECT_EQ(source.cases[0].split, "validation");
  EXPECT_EQ(source.cases[1].split, "train");
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_EQ(source.problems[0].first, "left");
}

}  // namespace
}  // namespace regionwise::sources

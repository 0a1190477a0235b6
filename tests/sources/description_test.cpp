#include "sources/description.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace regionwise::sources {
namespace {

Json described() {
  return Json::parse(R"({"name": "x", "layout": "files",
    "images": ["{case}_t1.nii.gz", "{case}_t2.nii.gz"], "label": "{case}_seg.nii.gz",
    "channels": ["T1", "T2"], "classes": ["background", "tumour"], "label_map": {"4": 1},
    "split": {"rule": "alternate", "first": "validation"}})");
}

Json with(const char* key, Json value) {
  Json json = described();
  json[key] = std::move(value);
  return json;
}

TEST(Description, SaysWhereImagesLieAndWhatTheyHold) {
  const Description d = parse_description(described(), "x.json");
  EXPECT_EQ(d.layout, Layout::files);
  EXPECT_EQ(d.images.size(), 2U);
  EXPECT_EQ(d.label_map, (LabelMap{{4, 1}}));
  EXPECT_FALSE(d.train_first);
}

TEST(Description, RefusesWhatItDoesNotKnow) {
  const auto refuse = [](const Json& json) {
    EXPECT_THROW(parse_description(json, "x.json"), UsageError) << json.dump();
  };
  refuse(with("layuot", "files"));
  refuse(with("layout", "folders"));
  refuse(with("split", {{"rule", "random"}}));
  refuse(with("split", {{"rule", "alternate"}, {"first", "test"}}));
  refuse(with("split", {{"rule", "number"}, {"train", "prime"}}));
  refuse(with("classes", {"background", "tumour", "tumour"}));
  refuse(with("slices", {{"keep", "labeled"}}));
  refuse(with("slices", {{"resize", {256}}}));
  refuse(with("slices", {{"resize", {0, 256}}}));
  refuse(with("frames", {{"file", "Info.cfg"}, {"keys", {"ED"}}, {"case", "{patient}"}}));
  refuse(with("frames", {{"file", "{patient}/Info.cfg"}, {"keys", Json::array()}, {"case", "x"}}));
  refuse(with("frames", {{"file", "{patient}/Info.cfg"}, {"keys", {"ED"}}, {"case", "{frame:z}"}}));
  for (const char* id : {"{frame:999999999}", "{frame:{frame}}", "{0}"}) {
    refuse(with("frames", {{"file", "{patient}/Info.cfg"}, {"keys", {"ED"}}, {"case", id}}));
  }
  refuse(with("folders", {"../elsewhere"}));
  refuse(with("folders", {"/"}));
  refuse(with("spacing", {{"file", "/dev/zero"}, {"case", "id"}, {"in_slice", "mm"}}));
  refuse(with("spacing", {{"file", "kits.json"}}));
  refuse(with("errata", {{{"case", "x"}, {"reason", "undated"}}}));
  refuse(with("label_map", {{"four", 1}}));
  refuse(with("label_map", {{"4", "tumour"}}));
  refuse(with("classes", {"background"}));
  refuse(with("channels", {"T1"}));
  refuse(with("label", "labels.nii.gz"));
  refuse(with("patients", -3));
  refuse(Json::array());
  Json unnamed = described();
  unnamed.erase("name");
  refuse(unnamed);
}

TEST(Description, TakesAsManyClassesAsLabelsCanName) {
  Json classes = Json::array();
  for (int k = 0; k < 128; ++k) classes.push_back("class " + std::to_string(k));
  EXPECT_EQ(parse_description(with("classes", classes), "x.json").classes.size(), 128U);
  classes.push_back("one too many");
  EXPECT_THROW(parse_description(with("classes", classes), "x.json"), UsageError);
}

TEST(Description, HoldsSplitsByNumberFramesSlicesAndErrata) {
  Json json = with("split", {{"rule", "number"}, {"train", "odd"}});
  json["frames"] = {{"file", "{patient}/Info.cfg"},
                    {"keys", {"ED", "ES"}},
                    {"case", "{patient}_frame{frame:02}"}};
  json["slices"] = {{"keep", "labelled"}, {"resize", {256, 128}}};
  json["errata"] = {{{"case", "x"}, {"date", "2019-03-18"}, {"reason", "why"}}};
  const Description d = parse_description(json, "x.json");
  EXPECT_TRUE(d.split_by_number);
  EXPECT_FALSE(d.train_even);
  EXPECT_EQ(frame_case_id(*d.frames, "p1", 7), "p1_frame07");
  EXPECT_TRUE(d.slices->labelled_only);
  EXPECT_EQ(d.slices->resize, (std::array<std::int64_t, 2>{256, 128}));
  ASSERT_EQ(d.errata.size(), 1U);
  EXPECT_EQ(d.errata[0].date, "2019-03-18");
}

TEST(Description, UnknownDataSetNamesTheKnown) {
  try {
    find_description("brain");
    FAIL();
  } catch (const UsageError& error) {
    const std::string message = error.what();
    for (const std::string& name : described_data_sets()) {
      EXPECT_NE(message.find(name), std::string::npos) << message;
    }
  }
}

TEST(Description, EveryDataSetIsUnderstood) {
  const auto names = described_data_sets();
  EXPECT_GE(names.size(), 6U);
  for (const std::string& name : names) {
    const Description d = find_description(name);
    EXPECT_EQ(d.name, name);
    EXPECT_FALSE(d.citation.empty()) << name;
    EXPECT_TRUE(d.layout == Layout::phantom || !d.obtain.empty()) << name;
  }
}

TEST(LabelMapping, IsValueAndClass) {
  EXPECT_EQ(parse_label_mapping("255=1"), (std::pair{255, 1}));
  EXPECT_EQ(parse_label_mapping("-1=0"), (std::pair{-1, 0}));
  for (const char* wrong : {"255", "255=", "=1", "a=1", "1=b", "1=2=3", "99999999999=1"}) {
    EXPECT_THROW(parse_label_mapping(wrong), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace regionwise::sources

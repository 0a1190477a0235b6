#include "sources/splits.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::sources {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

std::vector<CaseFiles> frames() {
  std::vector<CaseFiles> cases;
  for (const char* id : {"p1_a", "p1_b", "p2_a", "p2_b", "p10_a"}) {
    const std::string name = id;
    cases.push_back({name, name.substr(0, name.find('_')), {}, {}, {}});
  }
  return cases;
}

std::vector<std::string> splits_of(const std::vector<CaseFiles>& cases) {
  std::vector<std::string> splits;
  for (const CaseFiles& one : cases) splits.push_back(one.split);
  return splits;
}

Splits read(const std::string& text, std::optional<int> fold = std::nullopt) {
  const TemporaryFolder folder;
  testing::write_bytes(folder / "s.json", text);
  return read_splits(folder / "s.json", fold);
}

TEST(Splits, GivePatientsWithAllTheirCasesOrSingleCases) {
  auto cases = frames();
  const Remarks left_out =
      apply_splits(read(R"({"train": ["p1"], "validation": ["p2_b"]})"), cases);
  EXPECT_EQ(splits_of(cases), (std::vector<std::string>{"train", "train", "validation"}));
  EXPECT_EQ(cases[2].id, "p2_b");
  EXPECT_EQ(
      left_out,
      (Remarks{{"p2_a", "in neither list of s.json"}, {"p10_a", "in neither list of s.json"}}));
}

TEST(Splits, ReadAFoldOfNnunetsList) {
  const std::string folds = R"([{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}])";
  EXPECT_EQ(read(folds, 1).train, (std::vector<std::string>{"b"}));
  EXPECT_EQ(read(folds, 0).validation, (std::vector<std::string>{"b"}));
  EXPECT_THROW(read(folds), UsageError);
  EXPECT_THROW(read(folds, 2), UsageError);
  EXPECT_THROW(read(folds, -1), UsageError);
  EXPECT_THROW(read(R"({"train": [], "validation": []})", 0), UsageError);
}

TEST(Splits, RefuseAnUnknownIdAndAPatientInBothLists) {
  const auto complaint = [](const std::string& text) {
    auto cases = frames();
    return message_of<DataError>([&] { apply_splits(read(text), cases); });
  };
  EXPECT_NE(complaint(R"({"train": ["p3"], "validation": ["p1"]})").find("p3 is neither"),
            std::string::npos);
  for (const char* both : {R"({"train": ["p1"], "validation": ["p1"]})",
                           R"({"train": ["p1"], "validation": ["p1_b"]})",
                           R"({"train": ["p1_a"], "validation": ["p1_b"]})"}) {
    EXPECT_NE(complaint(both).find("patient p1 is in both"), std::string::npos) << both;
  }
}

TEST(Splits, BrokenFileIsBadData) {
  for (const char* text : {"",
                           "{",
                           "7",
                           "[]",
                           R"({"train": ["a"]})",
                           R"({"train": "a", "validation": ["b"]})",
                           R"({"train": [1], "validation": ["b"]})",
                           R"({"train": [], "validation": ["b"]})",
                           R"({"train": ["a"], "validation": []})"}) {
    EXPECT_THROW(read(text), DataError) << text;
  }
  EXPECT_THROW(read("[7]", 0), DataError);
  EXPECT_THROW(read(R"([{"train": ["a"], "val": []}])", 0), DataError);
  EXPECT_THROW(read_splits("nowhere.json", std::nullopt), IoError);
}

TEST(Splits, RefuseAKeyThatNobodyKnowsAndNameTheKnown) {
  const auto complaint = [](const std::string& text, std::optional<int> fold) {
    return message_of<DataError>([&] { read(text, fold); });
  };
  EXPECT_NE(complaint(R"({"train": ["a"], "validation": ["b"], "test": ["c"]})", std::nullopt)
                .find("s.json:test: unknown key (known: train, validation)"),
            std::string::npos);
  EXPECT_NE(complaint(R"([{"train": ["a"], "val": ["b"], "test": []}])", 0)
                .find("s.json:0:test: unknown key (known: train, val)"),
            std::string::npos);
}

TEST(Splits, ByNumberFollowEvenAndOddPatientsAndByTurnsTheirOrder) {
  Description description;
  auto cases = frames();
  split_by_rule(description, cases);  // Sorted: p1, p10, p2.
  EXPECT_EQ(splits_of(cases),
            (std::vector<std::string>{"train", "train", "train", "train", "validation"}));
  description.split_by_number = true;
  split_by_rule(description, cases);
  EXPECT_EQ(splits_of(cases),
            (std::vector<std::string>{"validation", "validation", "train", "train", "train"}));
  description.train_even = false;
  split_by_rule(description, cases);
  EXPECT_EQ(cases[0].split, "train");
}

}  // namespace
}  // namespace regionwise::sources

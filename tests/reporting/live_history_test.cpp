#include "reporting/live_history.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;
using regionwise::testing::write_bytes;

/// Three epochs, the second and third validated, a distance undefined.
storage::RunRecord three_epochs() {
  storage::RunRecord record;
  record.name = "rectified";
  record.seed = 18446744073709551615ULL;
  record.dataset_name = "phantom";
  record.split_hash = "0123";
  record.class_names = {"background", "LV", "RV"};
  record.epoch = 3;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    record.training.column("epoch", "1").values.push_back(epoch);
    record.training.column("loss", "1").values.push_back(-0.1 * epoch);
  }
  record.validation.column("epoch", "1").values = {2, 3};
  record.validation.column("dice", "1", {"LV", "RV"}).values = {0.5, 0.25, 0.7, 0};
  record.validation.column("hausdorff", "mm", {"LV", "RV"}).values = {3, 4, 2, std::nan("")};
  return record;
}

TEST(LiveHistory, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_live_history(folder / "h.jsonl", three_epochs(), 10);
  const LiveHistory history = read_live_history(folder / "h.jsonl");
  EXPECT_EQ(history.epochs, 10);
  EXPECT_FALSE(history.record.finished);
  EXPECT_EQ(history.record.epoch, 3);
  EXPECT_EQ(history.record.name, "rectified");
  EXPECT_EQ(history.record.seed, 18446744073709551615ULL);
  EXPECT_EQ(history.record.class_names, three_epochs().class_names);
  EXPECT_EQ(history.record.training.find("loss")->values,
            three_epochs().training.find("loss")->values);
  EXPECT_EQ(history.record.validation.find("epoch")->values, (std::vector<double>{2, 3}));
  EXPECT_EQ(history.record.validation.find("dice")->labels, (std::vector<std::string>{"LV", "RV"}));
  EXPECT_EQ(history.record.validation.find("dice")->values,
            three_epochs().validation.find("dice")->values);
  const auto* distances = history.record.validation.find("hausdorff");
  EXPECT_EQ(distances->unit, "mm");
  EXPECT_EQ(distances->values[2], 2);
  EXPECT_TRUE(std::isnan(distances->values[3]));
}

TEST(LiveHistory, OfATrainingThatBeginsHasNoEpoch) {
  const TemporaryFolder folder;
  storage::RunRecord record = three_epochs();
  record.training = {};
  record.validation = {};
  write_live_history(folder / "h.jsonl", record, 10);
  const LiveHistory history = read_live_history(folder / "h.jsonl");
  EXPECT_EQ(history.record.epoch, 0);
  EXPECT_EQ(history.record.validation.rows(), 0);
}

TEST(LiveHistory, SaysWhichLineIsWrong) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_live_history(folder / "none.jsonl"), IoError);
  write_bytes(folder / "empty.jsonl", "");
  EXPECT_THROW(read_live_history(folder / "empty.jsonl"), DataError);
  write_live_history(folder / "h.jsonl", three_epochs(), 10);
  std::ofstream(folder / "h.jsonl", std::ios::app) << "{\"epoch\": 4.5}\n";
  EXPECT_NE(message_of<DataError>([&] { read_live_history(folder / "h.jsonl"); }).find("line 5"),
            std::string::npos);
}

TEST(LiveHistory, WhatCannotBeReadIsNoWrongData) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "h.jsonl");
  EXPECT_NE(message_of<IoError>([&] { read_live_history(folder / "h.jsonl"); }).find("h.jsonl: "),
            std::string::npos);
}

TEST(LiveHistory, RefusesNamesThatAreMoreThanNames) {
  const TemporaryFolder folder;
  const auto refuses = [&](const storage::RunRecord& record) {
    write_live_history(folder / "h.jsonl", record, 10);
    const auto message = message_of<DataError>([&] { read_live_history(folder / "h.jsonl"); });
    EXPECT_NE(message.find("without control characters"), std::string::npos) << message;
    EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
  };
  storage::RunRecord record = three_epochs();
  record.name = "a\nset output '|touch x'";
  refuses(record);
  record = three_epochs();
  record.class_names[0] = "\x1b[2J";
  refuses(record);
  record = three_epochs();
  record.validation.columns[1].labels[0] = "a\tb";
  refuses(record);
}

TEST(LiveHistory, RefusesEpochsThatDoNotRise) {
  const TemporaryFolder folder;
  const std::string head =
      R"({"run": "a", "seed": 1, "epochs": 5, "dataset": "d", "split_hash": "0", "classes": ["b"]})";
  const auto message = [&](const std::string& text) {
    write_bytes(folder / "h.jsonl", text);
    return message_of<DataError>([&] { read_live_history(folder / "h.jsonl"); });
  };
  EXPECT_EQ(message(head + "\n{\"epoch\": 1, \"training\": {\"loss\": 1}}\n"), "");
  EXPECT_NE(message(head + "\n{\"epoch\": -1, \"training\": {\"loss\": 1}}\n").find("found -1"),
            std::string::npos);
  const std::string first = "\n{\"epoch\": 2, \"training\": {\"loss\": 1}}";
  EXPECT_NE(message(head + first + first + "\n").find("line 3"), std::string::npos);
  const std::string late = message(head + "\n{\"epoch\": 9, \"training\": {\"loss\": 1}}\n");
  EXPECT_NE(late.find("line 2:epoch: found 9, of a training of 5"), std::string::npos) << late;
  const std::string bare = message(head + "\n{\"epoch\": 1}\n");
  EXPECT_NE(bare.find("line 2"), std::string::npos) << bare;
  EXPECT_EQ(bare.find("line 2"), bare.rfind("line 2")) << bare;
  std::string none = head;
  none.replace(none.find("5"), 1, "-5");
  EXPECT_NE(message(none + "\n").find("expected at least 1, found -5"), std::string::npos);
}

TEST(LiveHistory, RefusesLinesOfOtherColumns) {
  const TemporaryFolder folder;
  const std::string head =
      R"({"run": "r", "seed": 1, "epochs": 9, "dataset": "d", "split_hash": "", "classes": []})";
  const auto message = [&](const std::string& second) {
    write_bytes(folder / "h.jsonl",
                head + "\n" + R"({"epoch": 1, "training": {"loss": 1, "dice": {"LV": 1}}})" + "\n" +
                    R"({"epoch": 2, "training": )" + second + "}\n");
    return message_of<DataError>([&] { read_live_history(folder / "h.jsonl"); });
  };
  EXPECT_EQ(message(R"({"loss": 1, "dice": {"LV": 1}})"), "");
  for (const char* other : {R"({"loss": 1})",
                            R"({"loss": 1, "dice": {"LV": 1}, "new": 1})",
                            R"({"loss": 1, "dice": {"LV": 1, "RV": 1}})",
                            R"({"loss": 1, "dice": {"LV": 1}, "epoch": 3})"}) {
    EXPECT_NE(message(other).find("line 3: "), std::string::npos) << other << message(other);
  }
}

}  // namespace
}  // namespace regionwise::reporting

#include "reporting/run_failure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "reporting/metrics_examples.hpp"
#include "support/temporary_folder.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::message_of;
using regionwise::testing::TemporaryFolder;

const std::vector<std::string> kClasses = {"RV", "LV"};

/// Validations every second epoch; `dice` is [validations, 2].
storage::HistoryTable validation(const std::vector<double>& dice, std::vector<double> cases = {}) {
  if (cases.empty()) cases.assign(dice.size(), 3);
  storage::HistoryTable table;
  for (std::size_t row = 0; row < dice.size() / 2; ++row) {
    table.column("epoch", "1").values.push_back(2.0 * static_cast<double>(row + 1));
  }
  table.column("dice", "1", kClasses).values = dice;
  table.column("cases", "1", kClasses).values = std::move(cases);
  return table;
}

storage::HistoryTable losses(const std::vector<double>& values) {
  storage::HistoryTable table;
  for (std::size_t i = 0; i < values.size(); ++i) {
    table.column("epoch", "1").values.push_back(static_cast<double>(i + 1));
  }
  table.column("loss", "1").values = values;
  return table;
}

TEST(RunFailure, AClassThatStaysLostIsDead) {
  const auto outcome = judge_history(
      losses({1, 1}), validation({0.5, 0.5, 0.05, 0.6, 0.02, 0.7, 0, 0.7}), FailureRule());
  EXPECT_EQ(outcome.reason, "dead-class");
  EXPECT_EQ(outcome.classes, std::vector<std::string>{"RV"});
  EXPECT_EQ(outcome.since_epoch, 4);
  EXPECT_EQ(describe(outcome), "dead-class: RV lost since epoch 4");
}

TEST(RunFailure, AClassLostForTwoOfThreeValidationsIsNotDead) {
  const FailureRule rule;
  EXPECT_FALSE(judge_history({}, validation({0.5, 0.5, 0, 0.6, 0, 0.7}), rule).failed());
  EXPECT_FALSE(judge_history({}, validation({0, 0.5, 0, 0.6, 0, 0.7, 0.1, 0.7}), rule).failed());
  EXPECT_TRUE(judge_history({}, validation({0, 0.5, 0, 0.6, 0.0999, 0.7}), rule).failed());
}

TEST(RunFailure, FewerValidationsThanTheRuleAsksForAreAllThatCounts) {
  EXPECT_TRUE(judge_history({}, validation({0.01, 0.5}), FailureRule()).failed());
  EXPECT_FALSE(judge_history({}, {}, FailureRule()).failed());
}

TEST(RunFailure, AllClassesDeadIsACollapseToBackground) {
  storage::HistoryTable uncounted = validation({0, 0, 0, 0, 0, 0});
  std::erase_if(uncounted.columns, [](const auto& column) { return column.name == "cases"; });
  // A class that was never seen may not be there at all.
  EXPECT_FALSE(judge_history({}, uncounted, FailureRule()).failed());
  const auto counted = judge_history({}, validation({0, 0, 0, 0, 0, 0}), FailureRule());
  EXPECT_EQ(counted.reason, "background-collapse");
  EXPECT_EQ(counted.classes, kClasses);
}

TEST(RunFailure, AClassThatNoCaseHasIsNotJudged) {
  const auto outcome =
      judge_history({}, validation({0, 0.8, 0, 0.8, 0, 0.8}, {0, 3, 0, 3, 0, 3}), FailureRule());
  EXPECT_FALSE(outcome.failed());
  const auto only =
      judge_history({}, validation({0, 0.01, 0, 0.01, 0, 0.01}, {0, 3, 0, 3, 0, 3}), FailureRule());
  EXPECT_EQ(only.reason, "background-collapse");
}

TEST(RunFailure, ALossThatIsNotFiniteDiverged) {
  const auto outcome =
      judge_history(losses({1, 2, std::nan("")}), validation({0.8, 0.8}), FailureRule());
  EXPECT_EQ(outcome.reason, "diverged");
  EXPECT_EQ(outcome.since_epoch, 3);
  const auto scores =
      judge_history(losses({1, 2}), validation({0.8, 0.8, 0.8, std::nan("")}), FailureRule());
  EXPECT_EQ(scores.since_epoch, 4);
}

TEST(RunFailure, IsHopelessOnlyAfterTheLongerSpan) {
  FailureRule rule;
  rule.stop_after = 4;
  std::vector<double> dice = {0.01, 0.5, 0, 0.5, 0, 0.5};
  EXPECT_FALSE(is_hopeless(losses({1}), validation(dice), rule));
  dice.insert(dice.end(), {0, 0.5});
  EXPECT_TRUE(is_hopeless(losses({1}), validation(dice), rule));
  dice.insert(dice.end(), {0.3, 0.5});
  EXPECT_FALSE(is_hopeless(losses({1}), validation(dice), rule));
}

TEST(RunFailure, KnowsWhereItBecameHopeless) {
  FailureRule rule;
  rule.stop_after = 3;
  EXPECT_EQ(hopeless_since(validation({0.5, 0.5, 0, 0.5, 0, 0.5}), rule), std::nullopt);
  EXPECT_EQ(hopeless_since(validation({0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.3, 0.5}), rule), 8)
      << "though the class was found later";
}

TEST(RunFailure, TellsGivingUpFromDiverging) {
  storage::RunRecord record;
  record.finished = true;
  record.epoch = 2;
  record.training = losses({1, 1});
  record.outcome = storage::RunOutcome{"dead-class", {"RV"}, 2, true};
  EXPECT_TRUE(was_given_up(record));
  record.outcome->stopped_early = false;
  EXPECT_FALSE(was_given_up(record)) << "it trained to its end";
  record.training = losses({1, 1, std::nan("")});
  record.outcome = storage::RunOutcome{"diverged", {}, 3, true};
  EXPECT_FALSE(was_given_up(record));
}

TEST(RunFailure, TheRuleIsReadStrictly) {
  EXPECT_EQ(parse_failure_rule(Json::parse(R"({"dice-below": 0.2})"), "c").dice_below, 0.2);
  EXPECT_EQ(parse_failure_rule(Json::parse(R"({"validations": 20})"), "c").stop_after, 20);
  EXPECT_EQ(to_json(parse_failure_rule(to_json(FailureRule()), "c")), to_json(FailureRule()));
  for (const char* text : {R"({"dice": 1})",
                           R"({"dice-below": 1.5})",
                           R"({"validations": 0})",
                           R"({"stop-after": 2})",
                           R"({"validations": 1.5})"}) {
    EXPECT_THROW(parse_failure_rule(Json::parse(text), "c"), UsageError) << text;
  }
}

storage::RunRecord run(std::uint64_t seed, const std::vector<double>& dice) {
  storage::RunRecord record;
  record.name = "boundary";
  record.seed = seed;
  record.dataset_name = "phantom";
  record.dataset_hash = "d";
  record.split_hash = "s";
  record.class_names = {"background", "RV", "LV"};
  record.channels = {"MR"};
  record.configuration = {{"epochs", 2}};
  record.plan = Json::object();
  record.finished = true;
  record.epoch = std::ssize(dice);
  record.validation = validation(dice);
  return record;
}

TEST(RunFailure, AMarkInTheFileCountsMoreThanTheHistory) {
  storage::RunRecord record = run(1, {0, 0.5, 0, 0.5, 0, 0.5});
  record.validation.column("misses", "1", kClasses).values = {1, 0, 1, 0, 1, 0};
  EXPECT_TRUE(outcome_of(record)->failed());  // An older program left no mark.
  record.outcome = storage::RunOutcome();
  EXPECT_FALSE(outcome_of(record)->failed());
  record.finished = false;
  EXPECT_FALSE(outcome_of(record).has_value());
}

TEST(RunFailure, MetricsWithoutAMarkAreJudgedAsOneValidation) {
  storage::MetricsRecord metrics = example_source("dice", 1, {.9, 0, .9, .1}, {1, 1, 1, 1}).record;
  EXPECT_EQ(outcome_of(metrics)->classes, (std::vector<std::string>{"RV"}));
  EXPECT_EQ(describe(*outcome_of(metrics)), "dead-class: RV lost");
  metrics.reference_voxels = {100, 0, 100, 0};
  EXPECT_FALSE(outcome_of(metrics)->failed()) << "no case has an RV";
  metrics.outcome = storage::RunOutcome{"diverged", {}, 1, true};
  EXPECT_EQ(outcome_of(metrics), metrics.outcome);
  metrics.outcome.reset();
  metrics.run_name.clear();
  EXPECT_EQ(outcome_of(metrics), std::nullopt);
  metrics.run_name = "dice";
  metrics.metrics.erase(metrics.metrics.begin());
  EXPECT_EQ(outcome_of(metrics), std::nullopt) << "neither a mark nor Dice";
}

TEST(RunFailure, HistoriesOfOlderProgramsJudgeWhatWasMissed) {
  storage::HistoryTable older = validation({0, 0.9, 0, 0.9, 0, 0.9});
  older.column("misses", "1", kClasses).values = {3, 0, 3, 0, 3, 0};
  std::erase_if(older.columns, [](const auto& column) { return column.name == "cases"; });
  EXPECT_EQ(judge_history({}, older, {}).classes, std::vector<std::string>{"RV"});
}

TEST(RunFailure, OnlyFailedRunsOfTheSameJobAreReplaced) {
  const TemporaryFolder folder;
  const auto write = [&](const char* name, storage::RunRecord record, bool failed) {
    record.outcome = storage::RunOutcome();
    if (failed) record.outcome->reason = "dead-class";
    storage::write_run(folder / name, record, {}, {.overwrite = true});
    return std::vector<std::filesystem::path>{folder / name};
  };
  const std::vector<double> dice = {0.5, 0.5};
  const storage::RunRecord replacement = run(7, dice);
  storage::RunRecord second = run(4, dice);
  second.replaced_seeds = {1};
  EXPECT_EQ(replaced_seeds(write("a.h5", second, true), replacement),
            (std::vector<std::uint64_t>{1, 4}));

  const auto refusal = [&](storage::RunRecord record, bool failed) {
    const auto files = write("b.h5", std::move(record), failed);
    return message_of<DataError>([&] { replaced_seeds(files, replacement); });
  };
  EXPECT_NE(refusal(run(4, dice), false).find("it has not failed"), std::string::npos);
  storage::RunRecord other = run(4, dice);
  other.name = "dice";
  EXPECT_NE(refusal(other, true).find("a run of \"dice\""), std::string::npos);
  other = run(4, dice);
  other.dataset_hash = "other";
  EXPECT_NE(refusal(other, true).find("another dataset"), std::string::npos);
  other = run(4, dice);
  other.maps_hash = "other";
  EXPECT_NE(refusal(other, true).find("another maps file"), std::string::npos);
  other = run(4, dice);
  other.configuration = {{"epochs", 3}};
  EXPECT_NE(refusal(other, true).find("/epochs"), std::string::npos);
  other = run(4, dice);
  other.finished = false;
  EXPECT_NE(refusal(other, true).find("not finished"), std::string::npos);
  const auto same_seed = write("c.h5", run(7, dice), true);
  EXPECT_THROW(replaced_seeds(same_seed, replacement), UsageError);
}

}  // namespace
}  // namespace regionwise::reporting

#include "reporting/results_table.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "reporting/metrics_examples.hpp"
#include "reporting/table_text.hpp"
#include "support/not_a_number.hpp"
#include "support/temporary_folder.hpp"
#include "support/text.hpp"

namespace regionwise::reporting {
namespace {

using regionwise::testing::kNan;

Json specification_json() {
  return parse_json(R"json({"title": "Table 2: performance", "reference": "rectified",
    "rows": [{"run": "rectified", "label": "L_{RRW}"}, {"run": "dice", "label": "L_{Dice}"}],
    "metrics": [{"metric": "dice", "label": "Dice"},
                {"metric": "hausdorff", "label": "HD (mm)", "digits": 1}]
})json",
                    "spec.json");
}

TableSpecification specification() {
  return parse_table_specification(specification_json(), "spec.json");
}

/// Six patients of two cases: the Dice of LV differs by 0.1 throughout, that of RV in no case.
std::vector<MetricsSource> sources() {
  std::vector<double> rectified;
  std::vector<double> dice;
  std::vector<double> near;
  std::vector<double> far;
  for (int i = 0; i < 12; ++i) {
    const double lv = 0.802 + 0.01 * i;
    rectified.insert(rectified.end(), {lv, 0.5});
    dice.insert(dice.end(), {lv - 0.1, 0.5});
    near.insert(near.end(), {10.0, 4.0 + i});
    far.insert(far.end(), {10.0 + i, i == 0 ? kNan : 4.0 + i});
  }
  std::vector<MetricsSource> all{example_source("rectified", 0, rectified, near),
                                 example_source("rectified", 1, rectified, near),
                                 example_source("dice", 0, dice, far)};
  all[2].record.predicted_voxels[1] = 0;
  return all;
}

using regionwise::testing::holds;

TEST(TableSpecification, TakesDefaults) {
  const TableSpecification found = specification();
  EXPECT_EQ(found.columns[0].digits, 2);
  EXPECT_EQ(found.significance, 0.05);
  EXPECT_EQ(found.correction, Correction::holm);
}

TEST(TableSpecification, RefusesWhatItCannotShow) {
  const std::vector<std::pair<const char*, std::string>> changes{
      {R"({"reference": "boundary"})", "spec.json:reference: \"boundary\" is not the run of a row"},
      {R"({"refernce": "dice"})", "refernce: unknown key"},
      {R"({"rows": []})", "spec.json:rows: expected a list that is not empty"},
      {R"({"rows": [{"run": "rectified"}]})", "rows[0].label: missing"},
      {R"({"rows": [{"run": "rectified", "label": "a"}, {"run": "rectified", "label": "b"}]})",
       "spec.json:rows: run \"rectified\": given twice"},
      {R"({"metrics": [{"metric": "dice", "label": "a"}, {"metric": "dice", "label": "b"}]})",
       "spec.json:metrics: metric \"dice\": given twice"},
      {R"({"metrics": [{"metric": "dice", "label": "a", "digits": 10}]})", "10 digits"},
      {R"({"metrics": [{"metric": "dice", "label": "a", "unit": "1"}]})", "unknown key"},
      {R"({"significance": 0})", "spec.json:significance"},
      {R"({"correction": "Holm"})", "spec.json:correction: \"Holm\" is none of none, holm and"},
      {R"({"title": 2})", "spec.json:title"}};
  for (const auto& [change, message] : changes) {
    Json json = specification_json();
    json.update(parse_json(change, "change"));
    const std::string found =
        testing::message_of<UsageError>([&] { parse_table_specification(json, "spec.json"); });
    EXPECT_TRUE(holds(found, message)) << change << ": " << found;
  }
}

TEST(ResultsTable, HoldsMeansSpreadAndTests) {
  const ResultsTable table = make_results_table(specification(), sources(), {});
  EXPECT_EQ(table.cases, 12);
  EXPECT_EQ(table.patients, 6);
  EXPECT_EQ(table.runs, (std::vector<std::int64_t>{2, 1}));
  const TableEntry& reference = table.entry(0, 0, 0);
  EXPECT_FALSE(reference.test.has_value());
  EXPECT_NEAR(reference.summary.mean, 0.857, 1e-12);
  EXPECT_NEAR(reference.summary.sd, 0.01 * std::sqrt(13.0), 1e-12);
  const TableEntry& other = table.entry(0, 1, 0);
  EXPECT_NEAR(other.test->mean_difference, 0.1, 1e-12);
  EXPECT_EQ(other.test->p_value, 2.0 / 64);  // 6 patients
  EXPECT_TRUE(other.significant);
  EXPECT_EQ(table.entry(1, 1, 0).test->p_value, 1);
  EXPECT_FALSE(table.entry(1, 1, 0).significant);
  const TableEntry& distance = table.entry(1, 1, 1);
  EXPECT_EQ(distance.misses, 1);
  EXPECT_EQ(distance.summary.missing, 1);
  EXPECT_EQ(distance.test->dropped, 1);
}

/// The table with another significance level and correction.
ResultsTable corrected_table(double significance, const std::string& correction) {
  Json json = specification_json();
  json["significance"] = significance;
  json["correction"] = correction;
  return make_results_table(parse_table_specification(json, "spec.json"), sources(), {});
}

TEST(ResultsTable, CorrectsForAllItsTests) {
  // p is 2/64 twice and 1 twice.
  const ResultsTable table = corrected_table(0.07, "holm");
  EXPECT_EQ(table.tests, 4);
  const TableEntry& dice = table.entry(0, 1, 0);
  EXPECT_EQ(dice.p_holm, 8.0 / 64);
  EXPECT_EQ(dice.p_bh, 4.0 / 64);
  EXPECT_TRUE(dice.significant);
  EXPECT_FALSE(dice.stays_significant);
  EXPECT_TRUE(corrected_table(0.07, "benjamini-hochberg").entry(0, 1, 0).stays_significant);
  EXPECT_TRUE(corrected_table(0.13, "holm").entry(0, 1, 0).stays_significant);
  EXPECT_FALSE(corrected_table(0.13, "none").entry(0, 1, 0).stays_significant);
  EXPECT_TRUE(corrected_table(0.13, "none").entry(0, 1, 0).significant);
  EXPECT_TRUE(std::isnan(table.entry(0, 0, 0).p_holm));
  EXPECT_FALSE(table.entry(0, 0, 0).stays_significant);
}

TEST(ResultsTable, CountsNoTestWithoutAPair) {
  auto all = sources();
  for (double& value : all[2].record.metrics[1].values) value = kNan;
  const ResultsTable table = make_results_table(specification(), all, {});
  EXPECT_EQ(table.tests, 2);
  EXPECT_TRUE(std::isnan(table.entry(0, 1, 1).p_holm));
  EXPECT_EQ(table.entry(0, 1, 0).p_holm, 4.0 / 64);
  EXPECT_TRUE(std::isnan(table.entry(0, 1, 1).effect.difference));
}

TEST(ResultsTable, SaysHowLargeDifferencesAre) {
  const ResultsTable table = make_results_table(specification(), sources(), {});
  const auto& distance = table.entry(0, 1, 1).effect;
  EXPECT_EQ(distance.groups, 6);
  // Patients' mean differences are -0.5, -2.5 … -10.5.
  EXPECT_NEAR(distance.difference, -5.5, 1e-12);
  EXPECT_NEAR(distance.effect, -5.5 / std::sqrt(14.0), 1e-12);
  EXPECT_LT(distance.effect_interval.lower, distance.effect);
  EXPECT_GT(distance.effect_interval.upper, distance.effect);
  EXPECT_TRUE(std::isnan(table.entry(0, 0, 1).effect.difference));
}

TEST(ResultsTable, RefusesFilesThatDoNotFit) {
  auto few = sources();
  few.pop_back();
  EXPECT_TRUE(
      holds(testing::message_of<DataError>([&] { make_results_table(specification(), few, {}); }),
            "run \"dice\" is in none of the metrics files"));
  auto more = sources();
  more.push_back(more.back());
  more.back().record.run_name = "focal";
  more.back().file = "focal_0.h5";
  EXPECT_TRUE(
      holds(testing::message_of<DataError>([&] { make_results_table(specification(), more, {}); }),
            "focal_0.h5: its run \"focal\" is in no row"));
  auto twice = sources();
  twice[1].record.seed = 0;
  EXPECT_THROW(make_results_table(specification(), twice, {}), DataError);
  auto rules = sources();
  rules[2].record.empty_rule = "diagonal";
  EXPECT_THROW(make_results_table(specification(), rules, {}), DataError);
}

TEST(ResultsTable, TakesFailedRunsOnRequestOnly) {
  auto failed = sources();
  failed[1].record.outcome = storage::RunOutcome{"dead-class", {"RV"}, 24, false};
  EXPECT_EQ(testing::message_of<DataError>(
                [&] { make_results_table(specification(), failed, {.draws = 10}); }),
            "rectified_1.h5: its run failed to converge (dead-class: RV lost since epoch 24): "
            "train another in its place (train --replaces), or take it as it is with "
            "--keep-failed");
  const auto table =
      make_results_table(specification(), failed, {.draws = 10, .keep_failed = true});
  EXPECT_EQ(table.failed, (std::vector<std::int64_t>{1, 0}));
  EXPECT_TRUE(holds(to_markdown(table, "table"), "are in these numbers: L<sub>RRW</sub> 1."));
}

TEST(ResultsTable, SaysHowManyRunsWereReplaced) {
  auto given = sources();
  given[0].record.replaced_seeds = {7};
  given[1].record.replaced_seeds = {8, 9};
  given[2].record.replaced_seeds = {5};
  const auto table = make_results_table(specification(), given, {.draws = 10});
  EXPECT_EQ(table.replaced, (std::vector<std::int64_t>{3, 1}));
  EXPECT_TRUE(
      holds(to_latex(table, "table"), "replaced by the next seed: $L_{RRW}$ 3, $L_{Dice}$ 1."));
}

TEST(TableText, WritesMarkdown) {
  const ResultsTable table =
      make_results_table(specification(), sources(), {.label = "hearts_1, demo"});
  const std::string text = to_markdown(table, "table spec.json --format md");
  EXPECT_TRUE(text.starts_with("<!-- table spec.json --format md -->\n\n"));
  for (const char* part :
       {"**Table 2: performance (hearts\\_1, demo)**",
        "| Class | Loss | Dice | HD (mm) |\n|---|---|---:|---:|\n",
        "| LV 1.27 % | L<sub>RRW</sub> | 0.86 ± 0.04 | 10.0 ± 0.0 |\n",
        "|  | L<sub>Dice</sub> | 0.76 ± 0.04\\* | 15.5 ± 3.6\\* |\n",
        "| RV 1.21 % | L<sub>RRW</sub> | 0.50 ± 0.00 | 9.5 ± 3.6 |\n",
        "|  | L<sub>Dice</sub> | 0.50 ± 0.00 | 10.0 ± 3.3 (1 missed, 1 undefined) |\n",
        "split validation (hash 0123456789ab), 12 cases of 6 patients",
        "average over runs (2 of L<sub>RRW</sub>, 1 of L<sub>Dice</sub>)",
        "p < 0.05 against L<sub>RRW</sub>, uncorrected: two-sided",
        "flipped by patient (4 tests; all sign patterns enumerated).",
        "Empty masks: nan-drop.",
        "HD, HD95 and ASSD as MedPy 0.4.0: between surface voxels"}) {
    EXPECT_TRUE(holds(text, part)) << part << "\nis not in\n" << text;
  }
}

TEST(TableText, SaysHowEachTestCameToItsP) {
  // 21 patients, whose patterns are drawn; three have no distance, and those of 18 are enumerated.
  std::vector<double> dice;
  std::vector<double> distance;
  for (int i = 0; i < 42; ++i) {
    dice.insert(dice.end(), {0.5 + 0.01 * i, 0.5 + 0.01 * (i % 5)});
    distance.insert(distance.end(), 2, i < 6 ? kNan : 1.0 * i);
  }
  const auto text_of = [&](const std::vector<double>& distances) {
    const std::vector all{example_source("rectified", 0, dice, distances),
                          example_source("dice", 0, distances, dice)};
    return to_markdown(make_results_table(specification(), all, {.draws = 100, .seed = 3}), "");
  };
  EXPECT_TRUE(holds(text_of(dice), "by patient (4 tests; 100 draws (seed 3))."));
  EXPECT_TRUE(holds(text_of(distance), "(4 tests; all sign patterns enumerated)."));
  const std::vector all{example_source("rectified", 0, dice, distance),
                        example_source("dice", 0, dice, distance)};
  EXPECT_TRUE(holds(to_markdown(make_results_table(specification(), all, {.draws = 100}), ""),
                    "(4 tests; all sign patterns enumerated in 2 and 100 draws (seed 0) in the "
                    "others)."));
}

TEST(TableText, SaysWhereItsRunsTrainedFromSeveralFiles) {
  std::vector<MetricsSource> all = sources();
  const auto text = [&] { return to_markdown(make_results_table(specification(), all, {}), ""); };
  EXPECT_FALSE(holds(text(), "of different bytes"));
  all[0].record.dataset_hash = "ab";
  all[1].record.dataset_hash = "cd";
  EXPECT_TRUE(holds(text(), "Of the runs: trained from 2 dataset files of different bytes ("))
      << text();
}

TEST(TableText, DefinesDistancesWhereItHasSome) {
  Json json = specification_json();
  json["metrics"] = Json::array({json["metrics"][0]});
  const ResultsTable table =
      make_results_table(parse_table_specification(json, "spec.json"), sources(), {});
  ASSERT_EQ(table.units, (std::vector<std::string>{"1"}));
  EXPECT_FALSE(holds(to_markdown(table, ""), "MedPy"));
}

TEST(TableText, WritesLatexThatEscapesWhatItMust) {
  const ResultsTable table =
      make_results_table(specification(), sources(), {.label = "hearts_1 & 50 %"});
  const std::string text = to_latex(table, "table spec.json\n--format latex");
  EXPECT_TRUE(text.starts_with("% table spec.json --format latex\n\\begin{table}"));
  for (const char* part : {"\\caption{Table 2: performance (hearts\\_1 \\& 50 \\%)}",
                           "\\begin{tabular}{llcc}",
                           "LV 1.27 \\% & $L_{RRW}$ & $0.86 \\pm 0.04$ & $10.0 \\pm 0.0$ \\\\\n",
                           " & $L_{Dice}$ & $0.76 \\pm 0.04^{*}$ & $15.5 \\pm 3.6^{*}$ \\\\\n",
                           "$10.0 \\pm 3.3$ (1 missed, 1 undefined) \\\\",
                           "$p < 0.05$ against $L_{RRW}$",
                           "\\end{table}\n"}) {
    EXPECT_TRUE(holds(text, part)) << part << "\nis not in\n" << text;
  }
}

TEST(TableText, MarksWhatStaysSignificant) {
  const ResultsTable by_holm = corrected_table(0.13, "holm");
  EXPECT_TRUE(holds(to_markdown(by_holm, ""), "| 0.76 ± 0.04\\*† |"));
  EXPECT_TRUE(
      holds(to_markdown(by_holm, ""), "(†) marks the stars that stay significant at 0.13 "));
  EXPECT_TRUE(holds(to_markdown(by_holm, ""), "Holm's correction over all 4 tests"));
  // One superscript: LaTeX refuses two.
  EXPECT_TRUE(holds(to_latex(by_holm, ""), "$0.76 \\pm 0.04^{*\\dagger}$"));
  EXPECT_TRUE(holds(to_latex(by_holm, ""), "A dagger ($\\dagger$)"));
  EXPECT_TRUE(holds(to_latex(by_holm, ""), "uncorrected"));
  const ResultsTable by_bh = corrected_table(0.07, "benjamini-hochberg");
  EXPECT_TRUE(
      holds(to_markdown(by_bh, ""), "Benjamini and Hochberg's correction over all 4 tests"));
  const std::string none = to_markdown(corrected_table(0.13, "none"), "");
  EXPECT_TRUE(holds(none, "| 0.76 ± 0.04\\* |"));
  EXPECT_FALSE(holds(none, "†"));
  EXPECT_TRUE(holds(none, "up to 0.52 of 4 tests get a star by chance"));
}

TEST(TableText, SaysThatPhantomsAreSynthetic) {
  auto all = sources();
  for (auto& source : all) source.record.dataset_name = "phantom";
  const ResultsTable table = make_results_table(specification(), all, {});
  EXPECT_TRUE(holds(caption(table), "(phantom). SYNTHETIC phantom images"));
  EXPECT_TRUE(holds(to_markdown(table, ""), "SYNTHETIC"));
  EXPECT_TRUE(holds(to_latex(table, ""), "SYNTHETIC"));
}

TEST(TableText, LeavesUnknownSharesOut) {
  auto all = sources();
  for (auto& source : all) source.record.class_shares.clear();
  const ResultsTable table = make_results_table(specification(), all, {});
  EXPECT_TRUE(holds(to_markdown(table, ""), "| LV | L<sub>RRW</sub> |"));
}

TEST(TableText, ShowsAMeanThatNoCaseDefines) {
  auto all = sources();
  for (double& value : all[2].record.metrics[1].values) value = kNan;
  const ResultsTable table = make_results_table(specification(), all, {});
  EXPECT_EQ(table.entry(0, 1, 1).test->p_value, 1);
  EXPECT_TRUE(holds(to_markdown(table, ""), "| - ± - (12 undefined) |"));
}

}  // namespace
}  // namespace regionwise::reporting

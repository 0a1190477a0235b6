// Paired permutation test: do two configurations differ, case by case?
//
//   permtest rectified_*.metrics.h5 --against dice_*.metrics.h5
//   permtest --tsv pairs.tsv

#include <filesystem>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "reporting/comparison.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "permtest",
    "Tests whether two configurations differ: paired permutation test of the mean difference.\n\n"
    "Each side holds the runs (seeds) of one configuration, which are averaged per case and class "
    "first (a value undefined in some runs is the mean over the others). Cases are paired by id. "
    "With --tsv, pairs come from a table with the tab-separated columns case, group, a, b (that "
    "header line is needed; undefined values are nan; lines with # are comments).\n\n"
    "Patterns are drawn in random subgroups (pairwise independent, exactly valid). Beside it "
    "stands the p of all patterns, by dynamic programming on a grid, with bounds of its error.",
    {"permtest rectified_0.h5 rectified_1.h5 --against dice_0.h5 dice_1.h5",
     "permtest rectified.h5 --against dice.h5 --metric dice --class LV --draws 100000",
     "permtest --tsv pairs.tsv --json"},
    "Phipson and Smyth, Permutation P-values Should Never Be Zero, SAGMB 2010; Hemerik and Goeman, "
    "Exact testing with random permutations, TEST 2018; Pagano and Tritchler, On Obtaining "
    "Permutation Distributions in Polynomial Time, JASA 1983"};

struct Options {
  std::vector<std::filesystem::path> a;
  std::vector<std::filesystem::path> b;
  std::string tsv;
  std::string by = "patient";
  reporting::ComparisonOptions comparison;
};

void check(const Options& options) {
  if (options.tsv.empty() && (options.a.empty() || options.b.empty())) {
    throw UsageError(
        "metrics files and --against others, or --tsv, are needed (see permtest --help)");
  }
  if (options.tsv.empty()) return;
  if (!options.a.empty() || !options.b.empty() || !options.comparison.metrics.empty() ||
      !options.comparison.classes.empty()) {
    throw UsageError("--tsv takes neither metrics files nor --metric nor --class");
  }
}

std::vector<reporting::Comparison> compare(const Options& options) {
  if (options.tsv.empty()) {
    return reporting::compare_files(options.a, options.b, options.comparison);
  }
  const reporting::PairedSample sample = reporting::read_pairs(options.tsv);
  return {with_context(options.tsv,
                       [&] { return reporting::compare_pairs(sample, options.comparison); })};
}

int run(Options& options, cli::Context& context) {
  check(options);
  options.comparison.by_case = options.by == "case";
  options.comparison.permutation.threads = context.threads;

  cli::ResultTable table({{"class", ""},
                          {"metric", ""},
                          {"unit", ""},
                          {"pairs", "1"},
                          {"groups", "1"},
                          {"dropped", "1"},
                          {"partial_a", "1"},
                          {"partial_b", "1"},
                          {"mean_a", "1"},
                          {"mean_b", "1"},
                          {"mean_difference", "1"},
                          {"p", "1"},
                          {"method", ""},
                          {"draws", "1"},
                          {"p_all", "1"},
                          {"p_all_low", "1"},
                          {"p_all_high", "1"}});
  table.comment(context.command);
  table.comment("two-sided paired permutation test of mean(a - b); several tests: not corrected");
  table.comment("groups: units (by " + options.by + ") whose differences flip their sign together");
  table.comment("dropped: pairs with an undefined value, left out of means and test");
  table.comment("p_all: of all patterns, on a grid; the exact p lies in p_all_low to p_all_high");
  if (options.tsv.empty()) {
    table.comment("level: one value per case (volume) and class, averaged over the runs of a side");
    table.comment("partial: cases whose average lacks a run in which the value is undefined");
  }
  for (const reporting::Comparison& one : compare(options)) {
    table.row({one.class_name,
               one.metric,
               one.unit,
               one.test.pairs,
               one.test.groups,
               one.test.dropped,
               one.partial_a,
               one.partial_b,
               one.mean_a,
               one.mean_b,
               one.test.mean_difference,
               one.test.p_value,
               one.test.exact ? "exact" : "monte-carlo",
               one.test.draws,
               one.test.all_patterns.value,
               one.test.all_patterns.low,
               one.test.all_patterns.high});
  }
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true, .threads = true}, [&](CLI::App& app) {
    reporting::ComparisonOptions& comparison = options.comparison;
    app.add_option("files", options.a, "Metrics files of side a: runs of one configuration");
    app.add_option("--against", options.b, "Metrics files of side b");
    app.add_option("--tsv", options.tsv, "Table of pairs instead of metrics files; - is stdin");
    app.add_option("--metric", comparison.metrics, "Metric to compare (repeatable; default: all)")
        ->expected(1)
        ->take_all();
    app.add_option("--class", comparison.classes, "Class to compare (repeatable; default: all)")
        ->expected(1)
        ->take_all();
    app.add_option("--draws", comparison.permutation.draws, "Random sign patterns")
        ->capture_default_str();
    app.add_option("--exact-up-to",
                   comparison.permutation.exact_up_to,
                   "Enumerate all patterns of up to so many groups instead of drawing (0 to 30)")
        ->capture_default_str();
    app.add_option("--bounds-up-to",
                   comparison.permutation.bounds_up_to,
                   "Bound the exact p beside the drawn one for up to so many groups (0: never)")
        ->capture_default_str();
    app.add_option("--seed", comparison.permutation.seed, "Of the random sign patterns")
        ->capture_default_str();
    app.add_option("--by", options.by, "What flips its sign as one: patient or case")
        ->check(CLI::IsMember({"patient", "case"}))
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

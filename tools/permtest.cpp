// Paired permutation test: do two configurations differ, case by case?
//
//   permtest rectified_*.metrics.h5 --against dice_*.metrics.h5
//   permtest rectified_*.metrics.h5 --against dice_*.metrics.h5 --metric dice --plan 0.01

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/seed.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "listings/comparison_listing.hpp"
#include "listings/plan_listing.hpp"
#include "reporting/comparison.hpp"
#include "reporting/study_plan.hpp"

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
    "stands the p of all patterns, by dynamic programming on a grid, with bounds of its error; few "
    "groups are enumerated. p_holm and p_bh are corrected for all tests of the call.\n\n"
    "With --plan the files are a pilot: how many patients and seeds does a difference need?",
    {"permtest rectified_0.h5 rectified_1.h5 --against dice_0.h5 dice_1.h5",
     "permtest rectified.h5 --against dice.h5 --metric dice --class LV --draws 100000",
     "permtest --tsv pairs.tsv --json",
     "permtest rectified_*.h5 --against dice_*.h5 --metric dice --plan 0.01 --power 0.9"},
    "Phipson and Smyth, Permutation P-values Should Never Be Zero, SAGMB 2010; Hemerik and Goeman, "
    "Exact testing with random permutations, TEST 2018; Pagano and Tritchler, On Obtaining "
    "Permutation Distributions in Polynomial Time, JASA 1983; Holm 1979; Benjamini and Hochberg "
    "1995; Efron, Better Bootstrap Confidence Intervals, JASA 1987"};

struct Options {
  std::vector<std::filesystem::path> a;
  std::vector<std::filesystem::path> b;
  std::string tsv;
  std::string by = "patient";
  reporting::ComparisonOptions comparison;
  std::optional<double> plan;
  reporting::PlanOptions planning;
};

/// None for pairs from a table.
using MaybeSides = std::optional<reporting::Sides>;

MaybeSides read_sides(const Options& options) {
  if (!options.tsv.empty()) return std::nullopt;
  return reporting::read_sides(options.a, options.b);
}

std::vector<reporting::Comparison> compare(const Options& options, const MaybeSides& sides) {
  if (sides) return reporting::compare_sides(*sides, options.comparison);
  const reporting::PairedSample sample = reporting::read_pairs(options.tsv);
  return {with_context(reporting::pairs_name(options.tsv),
                       [&] { return reporting::compare_pairs(sample, options.comparison); })};
}

std::vector<reporting::StudyPlan> plan(const Options& options, const MaybeSides& sides) {
  if (sides) return reporting::plan_study(*sides, options.comparison, options.planning);
  const reporting::PairedSample sample = reporting::read_pairs(options.tsv);
  return {with_context(reporting::pairs_name(options.tsv), [&] {
    return reporting::plan_study(sample, options.comparison, options.planning);
  })};
}

int run(Options& options, cli::Context& context) {
  if (options.tsv.empty() && (options.a.empty() || options.b.empty()))
    throw UsageError("metrics files and --against others, or --tsv, are needed (see --help)");
  reporting::ComparisonOptions& comparison = options.comparison;
  comparison.by_case = options.by == "case";
  comparison.permutation.threads = comparison.bootstrap.threads = context.threads;
  comparison.bootstrap.seed = comparison.permutation.seed;
  comparison.check();  // A wrong option is no fault of a file's.
  if (options.plan) {
    options.planning.difference = *options.plan;
    options.planning.check();
  }
  const MaybeSides sides = read_sides(options);
  cli::ResultTable table =
      options.plan ? listings::plan_listing(
                         plan(options, sides), options.planning, options.by, context.command)
                   : listings::comparison_listing(
                         compare(options, sides), comparison, sides.has_value(), context.command);
  if (sides) listings::describe_sides(*sides, table);
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
    CLI::Option* tsv =
        app.add_option("--tsv", options.tsv, "Table of pairs instead of metrics files; - is stdin");
    app.add_option("--metric", comparison.metrics, "Metric to compare (repeatable; default: all)")
        ->expected(1)
        ->take_all();
    app.add_option("--class", comparison.classes, "Class to compare (repeatable; default: all)")
        ->expected(1)
        ->take_all();
    for (const auto* name : {"files", "--against", "--metric", "--class"}) tsv->excludes(name);
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
    cli::add_seed(app, comparison.permutation.seed, "Of sign patterns and resamples")
        ->capture_default_str();
    app.add_option("--bootstrap",
                   comparison.bootstrap.resamples,
                   "Resamples for intervals of difference and effect size (0: none)")
        ->capture_default_str();
    app.add_option("--confidence", comparison.bootstrap.confidence, "Of these intervals, in (0, 1)")
        ->capture_default_str();
    CLI::Option* plan = app.add_option(
        "--plan", options.plan, "Plan to find this difference, in the metric's unit, not test");
    // What a plan neither draws nor counts.
    for (const auto* name : {"--draws", "--exact-up-to", "--bounds-up-to"}) plan->excludes(name);
    for (const auto* name : {"--seed", "--bootstrap", "--confidence"}) plan->excludes(name);
    app.add_option("--power", options.planning.power, "Chance of finding it, in (0, 1)")
        ->needs(plan)
        ->capture_default_str();
    app.add_option("--significance", options.planning.significance, "Level of the planned test")
        ->needs(plan)
        ->capture_default_str();
    app.add_option("--by", options.by, "What flips its sign as one: patient or case")
        ->check(CLI::IsMember({"patient", "case"}))
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

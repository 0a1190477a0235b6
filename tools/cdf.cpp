// Empirical distribution of the final Dice over many trainings, with a confidence band (Figure 5).
//
//   cdf runs/*.metrics.h5 | gnuplot -e "input='-'; output='figure5'; label='phantom'"
//   experiments/plots/cdf.gp

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "listings/group_comparison_listing.hpp"
#include "reporting/final_values.hpp"
#include "reporting/group_comparison.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "cdf",
    "Prints the empirical distribution function of the final value of many trainings.\n\n"
    "Takes a value from each metrics file (mean over cases, then over foreground classes) or run "
    "file (last validation) and groups them by configuration. The band is simultaneous "
    "(Dvoretzky-Kiefer-Wolfowitz with Massart's constant), the failure share's interval is "
    "Clopper and Pearson's. Groups are compared two by two: their distributions by the exact "
    "Kolmogorov-Smirnov test, their shares of failures (by value, and as marked) by Fisher's exact "
    "test, with Holm's "
    "correction.",
    {"cdf rectified_*.h5 boundary_*.h5",
     "cdf runs/*.h5 --class LV --failed-below 0.7 --json",
     "cdf rectified_*.h5 boundary_*.h5 dice_*.h5 --compare first"},
    "Massart, The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality, Ann Probab 1990; "
    "Clopper and Pearson 1934; Schroeer and Trenkler, Exact and randomization distributions of "
    "Kolmogorov-Smirnov tests, CSDA 1995; Newcombe, Stat Med 1998; Holm 1979"};

const std::map<std::string, reporting::Pairing> kPairings{{"pairs", reporting::Pairing::all},
                                                          {"first", reporting::Pairing::with_first},
                                                          {"none", reporting::Pairing::none}};

struct Options {
  std::vector<std::filesystem::path> files;
  reporting::DistributionOptions distribution;
  std::string compare = "pairs";
};

/// How many models failed in one sense, with the interval of their share.
void comment_failures(cli::ResultTable& table,
                      const reporting::GroupDistribution& group,
                      const reporting::FailureRate& rate,
                      const std::string& sense,
                      double confidence) {
  table.comment(fmt::format("{}: {} of {} {}: share {:.4g}, {:.4g} to {:.4g} at confidence {}",
                            group.name,
                            rate.failures,
                            rate.n,
                            sense,
                            rate.share,
                            rate.interval.lower,
                            rate.interval.upper,
                            confidence));
}

int run(const Options& options, const cli::Context& context) {
  const reporting::FinalValues values =
      reporting::read_final_values(options.files, options.distribution);
  cli::ResultTable table({{"group", ""},
                          {"value", values.unit},
                          {"fraction", "1"},
                          {"lower", "1"},
                          {"upper", "1"},
                          {"n", "1"}});
  table.comment(context.command);
  table.comment(
      fmt::format("data set: {}, split hash: {}", values.dataset_name, values.split_hash));
  table.comment(fmt::format("metric: {}; {}", options.distribution.metric, values.level));
  for (const std::string& line : values.files) table.comment(line);
  table.comment(
      fmt::format("band: simultaneous over all values, Dvoretzky-Kiefer-Wolfowitz; confidence: {}",
                  options.distribution.confidence));
  const auto distributions = reporting::distributions(values, options.distribution);
  const auto comparisons = reporting::compare_groups(
      values, distributions, options.distribution.confidence, kPairings.at(options.compare));
  listings::add_group_comparisons(table, comparisons, options.distribution);
  for (const auto& group : distributions) {
    const double confidence = options.distribution.confidence;
    if (group.failed) {
      const auto sense = fmt::format("below {}", options.distribution.failure_threshold());
      comment_failures(table, group, *group.failed, sense, confidence);
    }
    if (group.marked) {
      comment_failures(
          table, group, *group.marked, "marked failed (a class lost, or diverged)", confidence);
    }
    if (group.unknown > 0) {
      const std::int64_t marked = group.marked ? group.marked->failures : 0;
      table.comment(
          fmt::format("{}: of {} of {} the outcome is not known: {} to {} of all failed; marks are "
                      "not compared",
                      group.name,
                      group.unknown,
                      group.n,
                      marked,
                      marked + group.unknown));
    }
    for (const auto& step : group.steps) {
      table.row({group.name, step.value, step.fraction, step.lower, step.upper, group.n});
    }
  }
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    reporting::DistributionOptions& distribution = options.distribution;
    app.add_option("files", options.files, "Metrics files, or run files")->required();
    app.add_option("--metric", distribution.metric, "Metric")->capture_default_str();
    app.add_option("--class", distribution.class_name, "A class, or mean: over foreground classes")
        ->capture_default_str();
    app.add_option("--confidence", distribution.confidence, "Of band and interval, in (0, 1)")
        ->capture_default_str();
    app.add_option("--failed-below",
                   distribution.failed_below,
                   "A model below this, in [0, 1], failed to converge (not for distances)")
        ->default_str(fmt::format("{}", reporting::DistributionOptions::kFailedBelow));
    app.add_option(
           "--compare", options.compare, "Groups to compare: pairs, first (with it) or none")
        ->check(CLI::IsMember({"pairs", "first", "none"}))
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

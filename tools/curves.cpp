// Validation curves of trainings (Figures 7 to 9): mean and spread over the runs of a
// configuration.
//
//   curves runs/*.h5 | gnuplot -e "input='-'; output='figure7'; label='phantom'"
//   experiments/plots/curves.gp

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "listings/follow.hpp"
#include "reporting/history.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "curves",
    "Prints validation curves: mean, sd, min, max and quartiles over the runs "
    "(seeds) of each configuration. Runs that failed to converge are in the numbers, "
    "and named in comments.\n\n"
    "With --follow it watches trainings that run (name their outputs, as in "
    "train -o, or the histories beside them) until all are "
    "finished, given up or unreadable: drawn on a terminal, else a line for "
    "each new validation. Exit status 75 where one was given up.",
    {"curves rectified_*.h5 dice_*.h5",
     "curves runs/*.h5 --metric hausdorff --by-class --json",
     "curves --follow model-1.run.h5 model-2.run.h5",
     "curves --follow results/*/*/*/*.history.jsonl"},
    ""};

struct Options {
  std::vector<std::filesystem::path> files;
  reporting::CurveOptions curves;
  bool follow = false;
  double interval = listings::FollowOptions().interval;
  double patience = listings::FollowOptions().patience;
};

int run(const Options& options, const cli::Context& context) {
  if (options.follow) {
    if (context.json) throw UsageError("--follow prints no JSON: leave out --json");
    listings::follow({options.files, options.curves, options.interval, options.patience},
                     context.command);
    return 0;
  }
  const std::vector<reporting::RunSource> runs = reporting::read_runs(options.files);
  const reporting::Curves curves = reporting::validation_curves(runs, options.curves);
  cli::ResultTable table({{"group", ""},
                          {"class", ""},
                          {"epoch", "1"},
                          {"mean", curves.unit},
                          {"sd", curves.unit},
                          {"min", curves.unit},
                          {"max", curves.unit},
                          {"n", "1"},
                          {"misses", "1"},
                          {"undefined", "1"},
                          {"q1", curves.unit},
                          {"q3", curves.unit}});
  table.comment(context.command);
  table.comment(fmt::format("data set: {}, split hash: {}",
                            runs.front().record.dataset_name,
                            runs.front().record.split_hash));
  table.comment(fmt::format(
      "metric: {}; mean over validation cases{}; mean, sd (n-1), min, max and quartiles q1, q3 "
      "(linear between runs) over n runs",
      options.curves.metric,
      options.curves.by_class ? "" : ", then over foreground classes"));
  table.comment(
      "misses: cases of all runs in which a class was missed; undefined: values that the means "
      "over "
      "classes and runs leave out");
  for (const std::string& line : reporting::describe_files(runs)) table.comment(line);
  for (const std::string& line : reporting::describe_failures(runs)) table.comment(line);
  for (const reporting::CurvePoint& point : curves.points) {
    table.row({point.group,
               point.class_name,
               point.epoch,
               point.mean,
               point.sd,
               point.min,
               point.max,
               point.runs,
               point.misses,
               point.undefined,
               point.q1,
               point.q3});
  }
  table.print(context.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    app.add_option(
           "files", options.files, "Run files, finished or not; with --follow also histories")
        ->required();
    app.add_option(
           "--metric", options.curves.metric, "Metric of the validations: dice or hausdorff")
        ->capture_default_str();
    app.add_flag("--by-class", options.curves.by_class, "A curve per class, not their mean");
    app.add_flag("--follow", options.follow, "Watch the trainings until all have ended");
    app.add_option("--interval", options.interval, "Seconds between two looks, with --follow")
        ->needs("--follow")
        ->capture_default_str();
    app.add_option("--patience",
                   options.patience,
                   "Seconds after which a training that no program writes counts as given up")
        ->needs("--follow")
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

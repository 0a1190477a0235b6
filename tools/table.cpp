// The paper's tables: mean and standard deviation per class, loss and metric, with significance.
//
//   table experiments/four-losses.json metrics/*.h5 --format latex --label "phantom, demo, paper"

#include <filesystem>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/seed.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "listings/data_listing.hpp"
#include "listings/explanation_listing.hpp"
#include "listings/table_listing.hpp"
#include "reporting/data_summary.hpp"
#include "reporting/explanation.hpp"
#include "reporting/results_table.hpp"
#include "reporting/table_text.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "table",
    "Prints a table of results: a block per class, a line per loss, mean and standard deviation of "
    "each metric, a star where a paired permutation test tells a loss from the reference.\n\n"
    "SPEC is JSON: {\"title\": text, \"reference\": run, \"rows\": [{\"run\": name, \"label\": "
    "text}], "
    "\"metrics\": [{\"metric\": name, \"label\": text, \"digits\": 2}], \"significance\": 0.05, "
    "\"correction\": \"holm\"}. A star is uncorrected, as in the paper; a dagger marks those that "
    "stay "
    "significant with the correction (none, holm or benjamini-hochberg) over all tests of the "
    "table. "
    "Several metrics files of one configuration are its runs: averaged per case first. With SPEC "
    "{\"kind\": \"data\", \"title\": text} the files are datasets, and the table sums them up.",
    {"table four-losses.json metrics/*.h5 --format md --label 'phantom, demo'",
     "table four-losses.json metrics/*.h5 --explain LV dice hausdorff",
     "table table1.json acdc17.h5 brats18.h5 --format md"},
    ""};

struct Options {
  std::filesystem::path specification;
  std::vector<std::filesystem::path> files;
  std::string format = "tsv";
  reporting::TableOptions table;
  std::vector<std::string> explain;
  std::vector<std::string> of_results;  ///< Given options that a table of data has no use for.
};

/// Prints a table in the format that was asked for.
template <class Listing, class Markdown, class Latex>
int print(const Options& options, Listing listing, Markdown markdown, Latex latex) {
  if (options.format == "md") {
    cli::print_text(markdown());
  } else if (options.format == "latex") {
    cli::print_text(latex());
  } else {
    listing().print(options.format == "json");
  }
  return 0;
}

int print_data(const Options& options, std::string title, const std::string& command) {
  if (!options.of_results.empty()) {
    throw UsageError(options.of_results[0] + ": is of a table of results, not of data (" +
                     options.specification.string() + ")");
  }
  if (!options.table.label.empty()) title += " (" + options.table.label + ")";
  const auto data = reporting::summarise_data(options.files);
  return print(
      options,
      [&] { return listings::data_listing(data, title, command); },
      [&] { return reporting::to_markdown(data, title, command); },
      [&] { return reporting::to_latex(data, title, command); });
}

int run(Options& options, const cli::Context& context) {
  if (!options.explain.empty() && (options.format == "md" || options.format == "latex")) {
    throw UsageError("--explain prints tsv or json, not --format " + options.format);
  }
  options.table.threads = context.threads;
  const Json json = read_json(options.specification);
  const std::string where = options.specification.string();
  if (std::string title; reporting::is_data_specification(json, where, title)) {
    return print_data(options, title, context.command);
  }
  const auto sources = reporting::read_sources(options.files);
  const reporting::ResultsTable table = reporting::make_results_table(
      reporting::parse_table_specification(json, where), sources, options.table);
  if (!options.explain.empty()) {
    const auto cell = reporting::explain(
        table, sources, {options.explain[0], options.explain[1], options.explain[2]});
    listings::explanation_listing(cell, table, context.command).print(options.format == "json");
    return 0;
  }
  return print(
      options,
      [&] { return listings::table_listing(table, context.command); },
      [&] { return reporting::to_markdown(table, context.command); },
      [&] { return reporting::to_latex(table, context.command); });
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.threads = true}, [&](CLI::App& app) {
    app.add_option("spec", options.specification, "What the table shows (JSON)")->required();
    app.add_option("files", options.files, "Metrics files (datasets for a table of data)")
        ->required();
    app.add_option("--format", options.format, "tsv, json, md or latex")
        ->check(CLI::IsMember({"tsv", "json", "md", "latex"}))
        ->capture_default_str();
    app.add_option(
        "--label",
        options.table.label,
        "Data set, profile and preset, such as 'phantom, demo, paper': printed with the title");
    app.add_option(
           "--explain",
           options.explain,
           "CLASS LOSS METRIC: walk from that cell to cases, runs, data and commands (tsv or "
           "json)")
        ->expected(3);
    app.add_flag("--keep-failed",
                 options.table.keep_failed,
                 "Take runs that failed to converge as they are (docs/failed-runs.md)");
    app.add_option("--draws", options.table.draws, "Random sign patterns of a test")
        ->capture_default_str();
    cli::add_seed(app, options.table.seed, "Of sign patterns and resamples")->capture_default_str();
    app.add_option("--bootstrap",
                   options.table.resamples,
                   "Resamples for intervals of difference and effect size (0: none)")
        ->capture_default_str();
    app.add_option("--confidence", options.table.confidence, "Of these intervals, in (0, 1)")
        ->capture_default_str();
    return [&](cli::Context& context) {
      for (const char* name :
           {"--explain", "--keep-failed", "--draws", "--seed", "--bootstrap", "--confidence"}) {
        if (app.get_option(name)->count() > 0) options.of_results.emplace_back(name);
      }
      return run(options, context);
    };
  });
}

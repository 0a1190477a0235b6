// The paper's tables: mean and standard deviation per class, loss and metric, with significance.
//
//   table experiments/table2.json metrics/*.h5 --format latex --label "phantom, demo, paper"

#include <filesystem>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/json.hpp"
#include "listings/table_listing.hpp"
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
    "Several metrics files of one configuration are its runs: averaged per case first.",
    {"table table2.json metrics/*.h5 --format md --label 'phantom, demo'",
     "table table2.json metrics/*.h5 > table2.tsv"},
    ""};

struct Options {
  std::filesystem::path specification;
  std::vector<std::filesystem::path> files;
  std::string format = "tsv";
  reporting::TableOptions table;
};

int run(Options& options, const cli::Context& context) {
  options.table.threads = context.threads;
  const auto specification = reporting::parse_table_specification(read_json(options.specification),
                                                                  options.specification.string());
  const reporting::ResultsTable table = reporting::make_results_table(
      specification, reporting::read_sources(options.files), options.table);
  if (options.format == "md") {
    cli::print_text(reporting::to_markdown(table, context.command));
  } else if (options.format == "latex") {
    cli::print_text(reporting::to_latex(table, context.command));
  } else {
    listings::table_listing(table, context.command).print(options.format == "json");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.threads = true}, [&](CLI::App& app) {
    app.add_option("spec", options.specification, "What the table shows (JSON)")->required();
    app.add_option("files", options.files, "Metrics files")->required();
    app.add_option("--format", options.format, "tsv, json, md or latex")
        ->check(CLI::IsMember({"tsv", "json", "md", "latex"}))
        ->capture_default_str();
    app.add_option(
        "--label",
        options.table.label,
        "Data set, profile and preset, such as 'phantom, demo, paper': printed with the title");
    app.add_option("--draws", options.table.draws, "Random sign patterns of a test")
        ->capture_default_str();
    app.add_option("--seed", options.table.seed, "Of sign patterns and resamples")
        ->capture_default_str();
    app.add_option("--bootstrap",
                   options.table.resamples,
                   "Resamples for intervals of difference and effect size (0: none)")
        ->capture_default_str();
    app.add_option("--confidence", options.table.confidence, "Of these intervals, in (0, 1)")
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

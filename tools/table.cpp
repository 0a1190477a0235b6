// The paper's tables: mean and standard deviation per class, loss and metric, with significance.
//
//   table experiments/table2.json metrics/*.h5 --format latex --label "phantom, demo, paper"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/json.hpp"
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
    "\"metrics\": [{\"metric\": name, \"label\": text, \"digits\": 2}], \"significance\": 0.05}. "
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

void add_row(cli::ResultTable& rows,
             const reporting::ResultsTable& table,
             std::size_t k,
             std::size_t r,
             std::size_t c) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto& row = table.specification.rows[r];
  const reporting::TableEntry& entry = table.entry(k, r, c);
  rows.row({table.class_names[k],
            table.class_shares[k],
            row.run,
            row.label,
            table.specification.columns[c].metric,
            table.units[c],
            entry.summary.mean,
            entry.summary.sd,
            entry.summary.count,
            entry.summary.missing,
            entry.misses,
            entry.partial,
            table.runs[r],
            entry.test && entry.test->pairs > 0 ? entry.test->p_value : kNone,
            entry.significant ? "*" : "",
            entry.test ? entry.test->pairs : 0,
            !entry.test         ? "reference"
            : entry.test->exact ? "exact"
                                : "monte-carlo",
            entry.test ? entry.test->draws : 0});
}

/// All that the table holds, a line per class, loss and metric, in full precision.
cli::ResultTable long_table(const reporting::ResultsTable& table, const std::string& command) {
  cli::ResultTable rows({{"class", ""},
                         {"class_share", "1"},
                         {"run", ""},
                         {"label", ""},
                         {"metric", ""},
                         {"unit", ""},
                         {"mean", "1"},
                         {"sd", "1"},
                         {"cases", "1"},
                         {"undefined", "1"},
                         {"misses", "1"},
                         {"partial", "1"},
                         {"runs", "1"},
                         {"p", "1"},
                         {"star", ""},
                         {"pairs", "1"},
                         {"method", ""},
                         {"draws", "1"}});
  rows.comment(command);
  rows.comment(reporting::caption(table));
  for (const std::string& note : reporting::notes(table)) rows.comment(note);
  rows.comment("partial: cases whose average lacks a run in which the metric is undefined");
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    for (std::size_t r = 0; r < table.specification.rows.size(); ++r) {
      for (std::size_t c = 0; c < table.units.size(); ++c) add_row(rows, table, k, r, c);
    }
  }
  return rows;
}

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
    long_table(table, context.command).print(options.format == "json");
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
    app.add_option("--seed", options.table.seed, "Of the random sign patterns")
        ->capture_default_str();
    return [&](cli::Context& context) { return run(options, context); };
  });
}

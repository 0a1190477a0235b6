// Are results still those of the files they were made from?
//
//   verify results/phantom-demo-paper/losses/*/*.h5

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/version.hpp"
#include "reporting/staleness.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "verify",
    "Says which files are stale: made from data or settings that have changed since.\n\n"
    "Compares the content of every recorded input, and of the inputs' own inputs, with the file of "
    "that name today. Prints a row for each file. Exit status 1 where one is stale or unreadable; "
    "an input that is gone, or a file of another build of the programs, is reported and counts "
    "with --strict.",
    {"verify results/*/*.h5 results/*/*/*/*.h5", "verify --lineage model-1.metrics.h5"},
    ""};

struct Options {
  std::vector<std::filesystem::path> files;
  bool strict = false;
  bool lineage = false;
};

int print_lineage(const Options& options) {
  std::string text;
  for (const auto& file : options.files) {
    for (const auto& line : storage::describe(storage::read_lineage(file))) text += line + "\n";
  }
  cli::print_text(text);
  return 0;
}

int run(const Options& options, const cli::Context& context) {
  if (options.lineage) return print_lineage(options);
  cli::ResultTable table({{"file", ""},
                          {"status", ""},
                          {"causes", ""},
                          {"build", ""},
                          {"program", ""},
                          {"commit", ""}});
  table.comment(context.command);
  table.comment(
      "status: current, stale (an input changed), unverifiable (an input is gone or cannot be "
      "read), or unreadable (the file itself)");
  table.comment("build: whether the program was built from the commit of this one, " + commit());
  bool passed = true;
  for (const auto& report : reporting::check_staleness(options.files)) {
    const bool same_build = report.commit == commit();
    const bool readable = report.freshness != reporting::Freshness::unreadable;
    const bool current = report.freshness == reporting::Freshness::current;
    passed = passed && readable && report.freshness != reporting::Freshness::stale &&
             (!options.strict || (current && same_build));
    table.row({report.file,
               reporting::to_string(report.freshness),
               current ? "-" : fmt::format("{}", fmt::join(report.causes, "; ")),
               !readable    ? "-"
               : same_build ? "same"
                            : "other",
               report.program,
               report.commit});
  }
  table.print(context.json);
  return passed ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    app.add_option("files", options.files, "Files of this suite")->required();
    app.add_flag("--strict",
                 options.strict,
                 "Fail, too, where an input is gone or another build of a program wrote the file");
    app.add_flag("--lineage", options.lineage, "Print how each file came to be, input by input");
    return [&](cli::Context& context) { return run(options, context); };
  });
}

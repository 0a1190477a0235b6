// Are results still those of the files they were made from?
//
//   verify results/phantom-demo-paper/losses/*/*.h5

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "reporting/staleness.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "verify",
    "Says which files are stale: made from data or settings that have changed since.\n\n"
    "Compares the content of every recorded input, and of the inputs' own inputs, with the file of "
    "that name today. Prints a row for each file. Exit status 1 where one is stale or damaged, 74 "
    "where one is missing or the disk or too little memory does not give it; an input that is "
    "gone, or a file that is "
    "not known to be of this build of the programs, is "
    "reported and counts with --strict.",
    {"verify results/*/*.h5 results/*/*/*/*.h5",
     "verify --lineage model-1.metrics.h5",
     "verify --sources dataset.h5 --root Task04_Hippocampus"},
    ""};

struct Options {
  std::vector<std::filesystem::path> files;
  reporting::SourceOptions sources;
  bool strict = false;
  bool lineage = false;
};

int print_lineage(const Options& options, bool as_json) {
  Json json = Json::array();
  std::string text;
  for (const auto& file : options.files) {
    const storage::Lineage lineage = storage::read_lineage(file);
    if (as_json) json.push_back(storage::to_json(lineage));
    for (const auto& line : storage::describe(lineage)) text += line + "\n";
  }
  cli::print_text(as_json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text);
  return 0;
}

/// UsageError where there was nothing to compare.
std::string sources_in_words(const std::vector<reporting::StalenessReport>& reports) {
  std::int64_t data_sets = 0;
  std::int64_t files = 0;
  for (const auto& report : reports) {
    data_sets += report.source_files ? 1 : 0;
    files += report.source_files.value_or(0);
  }
  if (data_sets == 0) throw UsageError("--sources: none of the files is a readable dataset");
  return fmt::format("sources: {} images and labels of {} data sets compared", files, data_sets);
}

int run(const Options& options, const cli::Context& context) {
  if (options.lineage) return print_lineage(options, context.json);
  cli::ResultTable table({{"file", ""},
                          {"status", ""},
                          {"causes", ""},
                          {"build", ""},
                          {"program", ""},
                          {"commit", ""}});
  table.comment(context.command);
  table.comment(
      "status: current, stale (an input changed), unverifiable (an input is gone or cannot be "
      "read), damaged (the file itself), or unreadable (it is missing, or the disk or memory "
      "failed)");
  table.comment("build: whether the program was built from the commit of this one, " + commit() +
                "; unknown where either was built from changed sources");
  const auto reports = reporting::check_staleness(options.files, options.sources);
  if (options.sources.compare) table.comment(sources_in_words(reports));
  bool passed = true;
  bool given = true;  // by the disk
  for (const auto& report : reports) {
    const auto build = reporting::compare_builds(report.commit, commit());
    given = given && report.freshness != reporting::Freshness::unreadable;
    const bool readable = report.freshness < reporting::Freshness::damaged;
    const bool current = report.freshness == reporting::Freshness::current;
    passed = passed && readable && report.freshness != reporting::Freshness::stale &&
             (!options.strict || (current && build == reporting::Build::same));
    table.row({report.file,
               reporting::to_string(report.freshness),
               current ? "-" : fmt::format("{}", fmt::join(report.causes, "; ")),
               readable ? reporting::to_string(build) : "-",
               report.program,
               report.commit});
  }
  table.print(context.json);
  const auto code = !given ? ExitCode::io : passed ? ExitCode::ok : ExitCode::check_failed;
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    app.add_option("files", options.files, "Files of this suite")->required();
    CLI::Option* strict = app.add_flag(
        "--strict",
        options.strict,
        "Fail, too, where an input is gone, or where this build of the program did not write "
        "the file or may not have (it was built from changed sources)");
    CLI::Option* sources =
        app.add_flag("--sources",
                     options.sources.compare,
                     "Compare datasets with their images and labels, too, which are read whole");
    app.add_option(
           "--root", options.sources.root, "The folder that holds these images now, if they moved")
        ->check(CLI::ExistingDirectory.description(""))
        ->needs(sources);
    app.add_flag("--lineage", options.lineage, "Print how each file came to be, input by input")
        ->excludes(sources)
        ->excludes(strict);
    return [&](cli::Context& context) { return run(options, context); };
  });
}

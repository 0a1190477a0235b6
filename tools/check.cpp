// Is a file whole, and what it says it is?
//
//   check results/phantom-demo-paper/dataset.h5 results/*/*/*/*.h5

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "planning/file_plans.hpp"
#include "storage/file_check.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "check",
    "Says whether files of this suite are whole, and what is wrong with those that are not.\n\n"
    "Reads every byte: the seal that was written with the file, the format's groups, types and "
    "shapes, numbers that must be finite or in a range, labels and their counts, plan and "
    "configuration, and the provenance. Exit status 1 where anything is wrong. Other programs "
    "compare what they read of a file with its seal, too, and end with status 65 where it differs. "
    "Whether a file is still that of its inputs is what verify says.",
    {"check dataset.h5 model-1.run.h5", "check results/*/*.h5 results/*/*/*/*.h5"},
    ""};

int run(const std::vector<std::filesystem::path>& files, const cli::Context& context) {
  cli::ResultTable table({{"file", ""},
                          {"status", ""},
                          {"format", ""},
                          {"version", ""},
                          {"sealed", ""},
                          {"program", ""},
                          {"problems", ""}});
  table.comment(context.command);
  table.comment(
      "status: whole, unfinished (whole, of a training that is to go on), damaged, or unsealed "
      "(nothing wrong was found, but the program that wrote it wrote no seal: changed numbers "
      "cannot be told)");
  bool passed = true;
  for (const auto& path : files) {
    auto check = storage::check_file(path);
    // Of a file that is damaged enough is said already.
    if (check.problems.empty()) check.problems = planning::plan_problems(path);
    const bool whole = check.problems.empty();
    passed = passed && whole;
    table.row({path.string(),
               !whole             ? "damaged"
               : !check.sealed    ? "unsealed"
               : check.unfinished ? "unfinished"
                                  : "whole",
               check.format.empty() ? "-" : check.format,
               check.version,
               check.sealed ? "yes" : "no",
               check.program.empty() ? "-" : check.program,
               whole ? "-" : fmt::format("{}", fmt::join(check.problems, "; "))});
  }
  table.print(context.json);
  return passed ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    app.add_option("files", files, "Files of this suite")->required();
    return [&](cli::Context& context) { return run(files, context); };
  });
}

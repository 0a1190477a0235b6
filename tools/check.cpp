// Is a file whole, and what it says it is?
//
//   check results/phantom-demo-paper/dataset.h5 results/*/*/*/*.h5

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "cli/results.hpp"
#include "cli/tool.hpp"
#include "core/error.hpp"
#include "planning/file_plans.hpp"
#include "reporting/live_history.hpp"
#include "reporting/result_check.hpp"
#include "storage/file_check.hpp"

using namespace regionwise;

namespace {

const cli::ToolInfo kInfo{
    "check",
    "Says whether HDF5 files and histories (.history.jsonl) of this suite are whole, and what is "
    "wrong with those that are not.\n\n"
    "Reads every byte: the seal that was written with the file, the format's groups, types and "
    "shapes, numbers that must be finite or in a range, labels and their counts, plan and "
    "configuration, and the provenance. A row for each file as soon as it is read. Exit status 1 "
    "where anything is wrong, 74 where a file is missing or the disk does not give it. Other "
    "programs compare what they read of a file with its seal, too, and end with status 65 where "
    "it differs. Whether a file is still that of its inputs is what verify says.",
    {"check dataset.h5 model-1.run.h5", "check results/*/*.h5 results/*/*/*/*.h5"},
    ""};

storage::FileCheck check_whole(const std::filesystem::path& file) {
  if (reporting::is_live_history(file)) return reporting::check_live_history(file);
  auto check = storage::check_file(file);
  // Of a file that is damaged enough is said already.
  if (check.problems.empty()) planning::check_plans(file, check);
  if (check.problems.empty()) reporting::check_results(file, check);
  return check;
}

std::vector<cli::Cell> row_of(const std::filesystem::path& file, const storage::FileCheck& check) {
  const bool whole = check.problems.empty();
  return {file.string(),
          check.unreadable   ? "unreadable"
          : !whole           ? "damaged"
          : !check.sealed    ? "unsealed"
          : check.unfinished ? "unfinished"
                             : "whole",
          check.format.empty() ? "-" : check.format,
          check.version,
          check.sealed ? "yes" : "no",
          check.program.empty() ? "-" : check.program,
          whole ? "-" : fmt::format("{}", fmt::join(check.problems, "; "))};
}

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
      "status: whole, unfinished (whole, of a training that is to go on), damaged, unreadable (it "
      "is missing, or the disk or memory failed: it may be whole), or unsealed (nothing wrong was "
      "found, but the program that wrote it wrote no seal: changed numbers cannot be told)");
  auto code = ExitCode::ok;
  if (!context.json) table.print(false);
  for (const auto& file : files) {
    const auto check = check_whole(file);
    if (check.unreadable) code = ExitCode::io;
    if (code == ExitCode::ok && !check.problems.empty()) code = ExitCode::check_failed;
    const auto row = row_of(file, check);
    if (context.json) {
      table.row(row);
    } else {
      cli::print_text(cli::tsv_row(row));
    }
  }
  if (context.json) table.print(true);
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  return cli::run_tool(argc, argv, kInfo, {.results = true}, [&](CLI::App& app) {
    app.add_option("files", files, "Files of this suite")->required();
    return [&](cli::Context& context) { return run(files, context); };
  });
}

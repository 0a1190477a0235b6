#include "listings/explanation_listing.hpp"

#include <fmt/format.h>

namespace regionwise::listings {
namespace {

std::string value_text(const reporting::Explanation& cell) {
  const auto& summary = cell.entry.summary;
  return fmt::format("{} of {}, {}: {} +- {}{} over {} cases ({} undefined, {} missed)",
                     cell.metric,
                     cell.class_name,
                     cell.label,
                     cli::format_number(summary.mean),
                     cli::format_number(summary.sd),
                     cell.unit == "1" ? "" : " " + cell.unit,
                     summary.count,
                     summary.missing,
                     cell.entry.misses);
}

std::string test_text(const reporting::Explanation& cell) {
  if (!cell.entry.test) return "no test: the others are compared with this loss";
  return fmt::format("against the reference: p = {} uncorrected, {} after Holm, over {} pairs",
                     cli::format_number(cell.entry.test->p_value),
                     cli::format_number(cell.entry.p_holm),
                     cell.entry.test->pairs);
}

std::vector<cli::ResultTable::Column> columns_of(const reporting::Explanation& cell) {
  std::vector<cli::ResultTable::Column> columns = {
      {"case", ""}, {"patient", ""}, {"average", cell.unit}, {"reference", "voxels"}};
  for (const auto& run : cell.runs) {
    columns.push_back({fmt::format("seed_{}", run.seed), cell.unit});
    columns.push_back({fmt::format("predicted_{}", run.seed), "voxels"});
  }
  return columns;
}

}  // namespace

cli::ResultTable explanation_listing(const reporting::Explanation& explanation,
                                     const reporting::ResultsTable& table,
                                     const std::string& command) {
  cli::ResultTable rows(columns_of(explanation));
  rows.comment(command);
  rows.comment(value_text(explanation));
  rows.comment(test_text(explanation));
  rows.comment(fmt::format("data: {}, split {} (hash {}), empty masks: {}",
                           table.dataset_name,
                           table.split,
                           table.split_hash,
                           table.empty_rule));
  rows.comment(
      "each run: file (content hash): command that wrote it [commit], and below it what it read");
  for (const auto& run : explanation.runs) {
    rows.comment(fmt::format("seed {}:", run.seed));
    for (const std::string& line : storage::describe(run.lineage)) rows.comment("  " + line);
  }
  for (const auto& one : explanation.cases) {
    std::vector<cli::Cell> cells = {one.id, one.patient, one.average, one.voxels_reference};
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      cells.emplace_back(one.values[i]);
      cells.emplace_back(one.voxels_predicted[i]);
    }
    rows.row(std::move(cells));
  }
  return rows;
}

}  // namespace regionwise::listings

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

/// The p with the table's correction, in words.
std::string corrected_text(const reporting::TableEntry& entry, reporting::Correction correction) {
  if (correction == reporting::Correction::none) return "no correction asked for";
  const bool holm = correction == reporting::Correction::holm;
  return fmt::format("{} after {}",
                     cli::format_number(holm ? entry.p_holm : entry.p_bh),
                     holm ? "Holm" : "Benjamini and Hochberg");
}

std::string test_text(const reporting::Explanation& cell, const reporting::ResultsTable& table) {
  if (!cell.entry.test) return "no test: the others are compared with this loss";
  const statistics::PermutationResult& test = *cell.entry.test;
  if (!cell.entry.is_tested()) return fmt::format("against {}: no pair to test", cell.against);
  return fmt::format(
      "against {}: p = {} uncorrected, {}, over {} pair{} of {} patient{} ({})",
      cell.against,
      cli::format_number(test.p_value),
      corrected_text(cell.entry, table.specification.correction),
      test.pairs,
      test.pairs == 1 ? "" : "s",
      test.groups,
      test.groups == 1 ? "" : "s",
      test.exact ? "exact" : fmt::format("{} draws, seed {}", test.draws, table.options.seed));
}

std::vector<cli::ResultTable::Column> columns_of(const reporting::Explanation& cell) {
  std::vector<cli::ResultTable::Column> columns = {
      {"case", ""}, {"patient", ""}, {"average", cell.unit}, {"reference", "voxels"}};
  for (const auto& run : cell.runs) {
    columns.push_back({fmt::format("seed_{}", run.seed), cell.unit});
    columns.push_back({fmt::format("predicted_{}", run.seed), "voxels"});
  }
  if (cell.entry.test) columns.push_back({"against", cell.unit});
  for (const auto& run : cell.against_runs) {
    columns.push_back({fmt::format("against_seed_{}", run.seed), cell.unit});
  }
  return columns;
}

void comment_runs(cli::ResultTable& rows,
                  const std::string& label,
                  const std::vector<reporting::Explanation::Run>& runs) {
  for (const auto& run : runs) {
    const std::string replaced =
        run.replaced_seeds.empty()
            ? ""
            : fmt::format(", in the place of failed seeds {}", fmt::join(run.replaced_seeds, ", "));
    rows.comment(fmt::format("{}, seed {}{}:", label, run.seed, replaced));
    for (const std::string& line : storage::describe(run.lineage)) rows.comment("  " + line);
  }
}

}  // namespace

cli::ResultTable explanation_listing(const reporting::Explanation& explanation,
                                     const reporting::ResultsTable& table,
                                     const std::string& command) {
  cli::ResultTable rows(columns_of(explanation));
  rows.comment(command);
  rows.comment(value_text(explanation));
  rows.comment(test_text(explanation, table));
  if (explanation.entry.test) {
    rows.comment("against: the same of " + explanation.against + ", average and by seed");
  }
  rows.comment(fmt::format("data: {}, split {} (hash {}), empty masks: {}",
                           table.dataset_name,
                           table.split,
                           table.split_hash,
                           table.empty_rule));
  rows.comment(
      "each run: file (content hash): command that wrote it [commit], and below it what it read");
  comment_runs(rows, explanation.label, explanation.runs);
  comment_runs(rows, explanation.against, explanation.against_runs);
  for (const auto& one : explanation.cases) {
    std::vector<cli::Cell> cells = {one.id, one.patient, one.average, one.voxels_reference};
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      cells.emplace_back(one.values[i]);
      cells.emplace_back(one.voxels_predicted[i]);
    }
    if (explanation.entry.test) cells.emplace_back(one.against_average);
    for (const double value : one.against_values) cells.emplace_back(value);
    rows.row(std::move(cells));
  }
  return rows;
}

}  // namespace regionwise::listings

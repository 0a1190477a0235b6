#include "listings/comparison_listing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "listings/columns.hpp"

namespace regionwise::listings {
namespace {

Columns misses_columns() {
  return {{"misses_a", "1"}, {"misses_b", "1"}};
}

Cells misses_cells(const reporting::Comparison& one) {
  const auto cell = [](std::optional<std::int64_t> count) {
    return count ? cli::Cell(*count) : cli::Cell(std::nan(""));
  };
  return {cell(one.misses_a), cell(one.misses_b)};
}

Columns comparison_columns() {
  return joined<cli::ResultTable::Column>({{"class", ""},
                                           {"metric", ""},
                                           {"unit", ""},
                                           {"pairs", "1"},
                                           {"groups", "1"},
                                           {"dropped", "1"},
                                           {"partial_a", "1"},
                                           {"partial_b", "1"},
                                           {"mean_a", "1"},
                                           {"mean_b", "1"},
                                           {"mean_difference", "1"},
                                           {"p", "1"},
                                           {"method", ""},
                                           {"draws", "1"},
                                           {"p_all", "1"},
                                           {"p_all_low", "1"},
                                           {"p_all_high", "1"},
                                           {"p_holm", "1"},
                                           {"p_bh", "1"}},
                                          {effect_columns(), misses_columns()});
}

Cells cells_of(const reporting::Comparison& one) {
  return joined<cli::Cell>({one.class_name,
                            one.metric,
                            one.unit,
                            one.test.pairs,
                            one.test.groups,
                            one.test.dropped,
                            one.partial_a,
                            one.partial_b,
                            one.mean_a,
                            one.mean_b,
                            one.test.mean_difference,
                            one.test.p_value,
                            one.test.exact ? "exact" : "monte-carlo",
                            one.test.draws,
                            one.test.all_patterns.value,
                            one.test.all_patterns.low,
                            one.test.all_patterns.high,
                            one.p_holm,
                            one.p_bh},
                           {effect_cells(one.effect), misses_cells(one)});
}

/// All that say it say the same (check_comparable).
std::string mirroring_in_words(std::span<const reporting::MetricsSource> sources) {
  std::string text = "not known";
  std::int64_t silent = 0;
  for (const auto& [file, record] : sources) {
    if (record.mirroring) text = *record.mirroring ? "on" : "off";
    if (!record.mirroring) ++silent;
  }
  if (silent == 0 || silent == std::ssize(sources)) return text;
  return fmt::format("{} (not known of {} of {} files)", text, silent, sources.size());
}

}  // namespace

cli::ResultTable comparison_listing(std::span<const reporting::Comparison> comparisons,
                                    const reporting::ComparisonOptions& options,
                                    bool of_files,
                                    const std::string& command) {
  cli::ResultTable table(comparison_columns());
  table.comment(command);
  table.comment("p: two-sided paired permutation test of mean(a - b), uncorrected");
  table.comment(
      fmt::format("p_holm, p_bh: corrected for the {} test{} below (Holm; Benjamini and Hochberg)",
                  comparisons.size(),
                  comparisons.size() == 1 ? "" : "s"));
  table.comment(fmt::format("groups: units (by {}) whose differences flip their sign together",
                            options.by_case ? "case" : "patient"));
  table.comment("dropped: pairs with an undefined value, left out of means and test");
  table.comment("p_all: of all patterns, on a grid; the exact p lies in p_all_low to p_all_high");
  table.comment("effect: mean(a - b) / sd of the groups' mean differences");
  table.comment("low, high: of difference and effect: " + bootstrap_in_words(options.bootstrap));
  if (of_files) {
    table.comment("level: one value per case (volume) and class, averaged over the runs of a side");
    table.comment("partial: cases whose average lacks a run in which the value is undefined");
    table.comment("misses: of all runs of a side, cases with the class in the reference alone");
  } else {
    table.comment("misses: not known");
  }
  for (const reporting::Comparison& one : comparisons) table.row(cells_of(one));
  return table;
}

void describe_sides(const reporting::Sides& sides, cli::ResultTable& table) {
  const storage::MetricsRecord& record = sides.a.front().record;
  const auto all = sides.all();
  std::vector<std::string> parts;
  for (const auto& [what, value] : {std::pair{"data set", record.dataset_name},
                                    {"split", record.split},
                                    {"split hash", record.split_hash},
                                    {"rule for empty masks", record.empty_rule},
                                    {"mirroring", mirroring_in_words(all)}}) {
    // Label maps of another program have no data set.
    if (!value.empty()) parts.push_back(fmt::format("{}: {}", what, value));
  }
  table.comment(fmt::format("{}", fmt::join(parts, ", ")));
  for (const std::string& line : reporting::describe_files(all)) table.comment(line);
  for (const std::string& line : reporting::describe_failures(sides)) table.comment(line);
}

}  // namespace regionwise::listings

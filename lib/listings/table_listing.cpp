#include "listings/table_listing.hpp"

#include <limits>

#include "listings/columns.hpp"
#include "reporting/table_text.hpp"

namespace regionwise::listings {
namespace {

Cells cells_of(const reporting::ResultsTable& table, std::size_t k, std::size_t r, std::size_t c) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto& row = table.specification.rows[r];
  const reporting::TableEntry& entry = table.entry(k, r, c);
  return joined<cli::Cell>({table.class_names[k],
                            table.class_shares[k],
                            row.run,
                            row.label,
                            table.specification.columns[c].metric,
                            table.units[c]},
                           {summary_cells(entry.summary, entry.misses),
                            {entry.partial,
                             table.runs[r],
                             table.replaced[r],
                             table.failed[r],
                             entry.is_tested() ? entry.test->p_value : kNone,
                             entry.significant ? "*" : "",
                             entry.test ? entry.test->pairs : 0,
                             !entry.test         ? "reference"
                             : entry.test->exact ? "exact"
                                                 : "monte-carlo",
                             entry.test ? entry.test->draws : 0,
                             entry.p_holm,
                             entry.p_bh,
                             entry.stays_significant ? "†" : "",
                             entry.effect.difference},
                            effect_cells(entry.effect)});
}

}  // namespace

cli::ResultTable table_listing(const reporting::ResultsTable& table, const std::string& command) {
  cli::ResultTable rows(joined<cli::ResultTable::Column>({{"class", ""},
                                                          {"class_share", "1"},
                                                          {"run", ""},
                                                          {"label", ""},
                                                          {"metric", ""},
                                                          {"unit", ""}},
                                                         {summary_columns(),
                                                          {{"partial", "1"},
                                                           {"runs", "1"},
                                                           {"replaced", "1"},
                                                           {"failed", "1"},
                                                           {"p", "1"},
                                                           {"star", ""},
                                                           {"pairs", "1"},
                                                           {"method", ""},
                                                           {"draws", "1"},
                                                           {"p_holm", "1"},
                                                           {"p_bh", "1"},
                                                           {"dagger", ""},
                                                           {"difference", "1"}},
                                                          effect_columns()}));
  rows.comment(command);
  rows.comment(reporting::caption(table));
  for (const std::string& note : reporting::notes(table)) rows.comment(note);
  rows.comment("replaced: failed runs in whose place others stand; failed: such runs kept");
  rows.comment("partial: cases whose average lacks a run in which the metric is undefined");
  rows.comment("p, star: uncorrected; p_holm, p_bh: corrected for all tests of the table");
  rows.comment(
      "difference: reference - loss, mean over pairs; effect: difference / sd of the "
      "patients' mean differences");
  rows.comment("low, high: of both: " + bootstrap_in_words({.resamples = table.options.resamples,
                                                            .confidence = table.options.confidence,
                                                            .seed = table.options.seed}));
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    for (std::size_t r = 0; r < table.specification.rows.size(); ++r) {
      for (std::size_t c = 0; c < table.units.size(); ++c) rows.row(cells_of(table, k, r, c));
    }
  }
  return rows;
}

}  // namespace regionwise::listings

#include "listings/score_listing.hpp"

#include "listings/columns.hpp"
#include "reporting/score_summary.hpp"

namespace regionwise::listings {

cli::ResultTable score_listing(const storage::MetricsRecord& record, const std::string& command) {
  cli::ResultTable table(joined<cli::ResultTable::Column>(
      {{"class", ""}, {"metric", ""}, {"unit", ""}}, {summary_columns()}));
  table.comment(command);
  table.comment("level: one value per case (volume) and class; mean and sd over cases");
  table.comment("empty rule: " + record.empty_rule);
  table.comment(reporting::distances_in_words());
  for (const reporting::ScoreSummary& row : reporting::summarise_scores(record)) {
    table.row(joined<cli::Cell>({row.class_name, row.metric, row.unit},
                                {summary_cells(row.values, row.misses)}));
  }
  return table;
}

}  // namespace regionwise::listings

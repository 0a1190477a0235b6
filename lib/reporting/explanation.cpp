#include "reporting/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"

namespace regionwise::reporting {
namespace {

/// The first of `items` that `matches`; UsageError listing the names otherwise.
template <class T, class Matches, class NameOf>
std::size_t find_named(const std::vector<T>& items,
                       const char* what,
                       const std::string& wanted,
                       Matches matches,
                       NameOf name_of) {
  const auto found = std::find_if(items.begin(), items.end(), matches);
  if (found != items.end()) return static_cast<std::size_t>(found - items.begin());
  std::vector<std::string> names;
  for (const T& item : items) names.push_back(name_of(item));
  throw UsageError(
      fmt::format("the table has no {} \"{}\" (it has: {})", what, wanted, fmt::join(names, ", ")));
}

std::vector<const MetricsSource*> sources_of(std::span<const MetricsSource> sources,
                                             const std::string& run) {
  std::vector<const MetricsSource*> found;
  for (const MetricsSource& source : sources) {
    if (source.record.run_name == run) found.push_back(&source);
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return a->record.seed < b->record.seed;
  });
  return found;
}

/// Adds what one run says of a class in each case.
void add_values(std::vector<Explanation::Case>& cases,
                const storage::MetricsRecord& record,
                const std::string& metric,
                const std::string& class_name) {
  const auto k = static_cast<std::size_t>(
      std::find(record.class_names.begin(), record.class_names.end(), class_name) -
      record.class_names.begin());
  for (std::size_t row = 0; row < record.case_ids.size(); ++row) {
    auto at = std::lower_bound(
        cases.begin(), cases.end(), record.case_ids[row], [](const auto& one, const auto& id) {
          return one.id < id;
        });
    const std::size_t index = row * record.class_names.size() + k;
    at->values.push_back(record.metric(metric).values[index]);
    at->voxels_predicted.push_back(record.predicted_voxels[index]);
    at->voxels_reference = record.reference_voxels[index];
  }
}

}  // namespace

Explanation explain(const ResultsTable& table,
                    std::span<const MetricsSource> sources,
                    const CellName& cell) {
  const TableSpecification& specification = table.specification;
  const std::size_t k = find_named(
      table.class_names,
      "class",
      cell.class_name,
      [&](const auto& name) { return name == cell.class_name; },
      [](const auto& name) { return name; });
  const std::size_t r = find_named(
      specification.rows,
      "loss",
      cell.loss,
      [&](const auto& row) { return row.run == cell.loss || row.label == cell.loss; },
      [](const auto& row) { return row.run; });
  const std::size_t c = find_named(
      specification.columns,
      "metric",
      cell.metric,
      [&](const auto& column) {
        return column.metric == cell.metric || column.label == cell.metric;
      },
      [](const auto& column) { return column.metric; });

  Explanation explanation;
  explanation.class_name = table.class_names[k];
  explanation.run = specification.rows[r].run;
  explanation.label = specification.rows[r].label;
  explanation.metric = specification.columns[c].metric;
  explanation.unit = table.units[c];
  explanation.entry = table.entry(k, r, c);

  const auto own = sources_of(sources, explanation.run);
  std::vector<MetricsSource> runs;
  for (const MetricsSource* source : own) runs.push_back(*source);
  const AveragedRuns averaged = average_runs(runs);
  const std::vector<double> averages = averaged.values_of(averaged.metric(explanation.metric),
                                                          averaged.class_index(cell.class_name));
  for (std::size_t i = 0; i < averaged.case_ids.size(); ++i) {
    explanation.cases.push_back({averaged.case_ids[i], averaged.groups[i], averages[i], {}, {}, 0});
  }
  for (const MetricsSource* source : own) {
    add_values(explanation.cases, source->record, explanation.metric, explanation.class_name);
    explanation.runs.push_back(
        {source->file, source->record.seed, storage::read_lineage(source->file)});
  }
  return explanation;
}

}  // namespace regionwise::reporting

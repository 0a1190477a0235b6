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

/// The runs of one configuration by seed.
std::vector<MetricsSource> sources_of(std::span<const MetricsSource> sources,
                                      const std::string& run) {
  std::vector<MetricsSource> found;
  for (const MetricsSource& source : sources) {
    if (source.record.run_name == run) found.push_back(source);
  }
  std::ranges::sort(found, {}, [](const auto& one) { return one.record.seed; });
  return found;
}

std::vector<Explanation::Run> runs_of(std::span<const MetricsSource> sources) {
  std::vector<Explanation::Run> runs;
  for (const auto& [file, record] : sources) {
    runs.push_back({file, record.seed, record.replaced_seeds, storage::read_lineage(file)});
  }
  return runs;
}

/// One class of a metric of averaged runs, [cases].
std::vector<double> averages_of(std::span<const MetricsSource> sources,
                                const Explanation& explanation) {
  const AveragedRuns averaged = average_runs(sources);
  return averaged.values_of(averaged.metric(explanation.metric),
                            averaged.class_index(explanation.class_name));
}

/// Calls visit(case, index of its value) for what one run says of the class in each case.
template <class Visit>
void visit_cases(Explanation& explanation, const storage::MetricsRecord& record, Visit visit) {
  const auto k = static_cast<std::size_t>(
      std::ranges::find(record.class_names, explanation.class_name) - record.class_names.begin());
  for (std::size_t row = 0; row < record.case_ids.size(); ++row) {
    const auto at = std::ranges::lower_bound(
        explanation.cases, record.case_ids[row], {}, &Explanation::Case::id);
    visit(*at, row * record.class_names.size() + k);
  }
}

/// The cases, as the loss's own runs show them.
void add_cases(Explanation& explanation, std::span<const MetricsSource> own) {
  const AveragedRuns averaged = average_runs(own);
  const std::vector<double> averages = averages_of(own, explanation);
  for (std::size_t i = 0; i < averaged.case_ids.size(); ++i) {
    Explanation::Case& one = explanation.cases.emplace_back();
    one.id = averaged.case_ids[i];
    one.patient = averaged.groups[i];
    one.average = averages[i];
  }
  for (const MetricsSource& source : own) {
    const storage::MetricsRecord& record = source.record;
    const auto& values = record.metric(explanation.metric).values;
    visit_cases(explanation, record, [&](Explanation::Case& one, std::size_t index) {
      one.values.push_back(values[index]);
      one.voxels_predicted.push_back(record.predicted_voxels[index]);
      one.voxels_reference = record.reference_voxels[index];
    });
  }
  explanation.runs = runs_of(own);
}

/// Adds the loss that it is tested against: p depends on these as much.
void add_against(Explanation& explanation,
                 std::span<const MetricsSource> against,
                 const std::string& label) {
  const std::vector<double> averages = averages_of(against, explanation);
  for (std::size_t i = 0; i < averages.size(); ++i) {
    explanation.cases[i].against_average = averages[i];
  }
  for (const MetricsSource& source : against) {
    const auto& values = source.record.metric(explanation.metric).values;
    visit_cases(explanation, source.record, [&](Explanation::Case& one, std::size_t index) {
      one.against_values.push_back(values[index]);
    });
  }
  explanation.against = label;
  explanation.against_runs = runs_of(against);
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

  add_cases(explanation, sources_of(sources, explanation.run));
  if (explanation.run != specification.reference) {
    const auto reference = std::ranges::find(
        specification.rows, specification.reference, &TableSpecification::Row::run);
    add_against(explanation, sources_of(sources, reference->run), reference->label);
  }
  return explanation;
}

}  // namespace regionwise::reporting

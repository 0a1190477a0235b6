#include "reporting/results_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "reporting/run_failure.hpp"
#include "statistics/corrections.hpp"

namespace regionwise::reporting {
namespace {

/// The objects of an array, which must not be empty.
std::vector<JsonReader> objects(JsonReader& reader, const std::string& key) {
  const Json& array = reader.member(key);
  if (!array.is_array() || array.empty()) {
    throw UsageError(reader.place(key) + ": expected a list that is not empty");
  }
  std::vector<JsonReader> readers;
  for (std::size_t i = 0; i < array.size(); ++i) {
    readers.emplace_back(array[i], fmt::format("{}[{}]", reader.place(key), i));
  }
  return readers;
}

void check_specification(const TableSpecification& specification, const std::string& where) {
  std::vector<std::string> runs;
  for (const auto& row : specification.rows) runs.push_back(row.run);
  check_given_once(runs, where + ":rows: run");
  std::vector<std::string> metrics;
  for (const auto& column : specification.columns) metrics.push_back(column.metric);
  check_given_once(metrics, where + ":metrics: metric");
  if (std::ranges::find(runs, specification.reference) == runs.end()) {
    throw UsageError(fmt::format(
        "{}:reference: \"{}\" is not the run of a row", where, specification.reference));
  }
  for (const auto& column : specification.columns) {
    if (column.digits >= 0 && column.digits <= 9) continue;
    throw UsageError(fmt::format("{}:metrics: {} digits: expected 0 to 9", where, column.digits));
  }
  if (!(specification.significance > 0 && specification.significance < 1)) {
    throw UsageError(
        fmt::format("{}:significance: {} is outside (0, 1)", where, specification.significance));
  }
}

/// The average of each row's runs, in the order of the rows.
std::vector<AveragedRuns> average_rows(const TableSpecification& specification,
                                       std::span<const MetricsSource> sources) {
  std::map<std::string, AveragedRuns> by_name;
  for (const auto& of_one : by_configuration(sources)) {
    AveragedRuns averaged = average_runs(of_one);
    const bool wanted = std::any_of(specification.rows.begin(),
                                    specification.rows.end(),
                                    [&](const auto& row) { return row.run == averaged.name; });
    if (!wanted) {
      throw DataError(
          fmt::format("{}: its run \"{}\" is in no row of the table: add a row, or "
                      "leave the file out",
                      of_one.front().file,
                      averaged.name));
    }
    by_name.emplace(averaged.name, std::move(averaged));
  }
  std::vector<AveragedRuns> rows;
  for (const auto& row : specification.rows) {
    const auto found = by_name.find(row.run);
    if (found == by_name.end()) {
      throw DataError(fmt::format(
          "the table's run \"{}\" is in none of the metrics files given: evaluate it first",
          row.run));
    }
    rows.push_back(found->second);
  }
  return rows;
}

bool is_failed(const MetricsSource& source) {
  const auto outcome = outcome_of(source.record);
  return outcome && outcome->failed();
}

/// The paper "rerun models that failed to converge" for its tables (§4).
void refuse_failed(std::span<const MetricsSource> sources) {
  for (const MetricsSource& source : sources) {
    if (!is_failed(source)) continue;
    throw DataError(fmt::format(
        "{}: its run failed to converge ({}): train another in its place (train --replaces), or "
        "take it as it is with --keep-failed",
        source.file,
        describe(*outcome_of(source.record))));
  }
}

std::int64_t failed_runs(std::span<const MetricsSource> sources, const std::string& run) {
  return std::count_if(sources.begin(), sources.end(), [&](const MetricsSource& source) {
    return source.record.run_name == run && is_failed(source);
  });
}

std::int64_t replaced_runs(std::span<const MetricsSource> sources, const std::string& run) {
  std::set<std::uint64_t> seeds;
  for (const MetricsSource& source : sources) {
    if (source.record.run_name != run) continue;
    seeds.insert(source.record.replaced_seeds.begin(), source.record.replaced_seeds.end());
  }
  return static_cast<std::int64_t>(seeds.size());
}

Correction parse_correction(const std::string& name, const std::string& where) {
  static const std::map<std::string, Correction> known{
      {"none", Correction::none},
      {"holm", Correction::holm},
      {"benjamini-hochberg", Correction::benjamini_hochberg}};
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  throw UsageError(fmt::format(
      "{}:correction: \"{}\" is none of none, holm and benjamini-hochberg", where, name));
}

TableEntry make_entry(const AveragedRuns& row,
                      const AveragedRuns& reference,
                      std::size_t class_index,
                      const TableSpecification::Column& column,
                      const ResultsTable& table) {
  const auto& metric = row.metric(column.metric);
  const std::vector<double> values = row.values_of(metric, class_index);
  TableEntry entry;
  entry.summary = statistics::summarise(values);
  entry.partial = metric.partial[class_index];
  entry.misses = row.misses[class_index];
  if (row.name == reference.name) return entry;
  const std::vector<double> of_reference =
      reference.values_of(reference.metric(column.metric), class_index);
  const TableOptions& options = table.options;
  with_context(fmt::format("{} of class {}", column.metric, row.class_names[class_index]), [&] {
    entry.test = statistics::paired_permutation_test(
        of_reference, values, row.groups, options.permutation());
    entry.effect =
        statistics::clustered_effect(of_reference, values, row.groups, options.bootstrap());
  });
  entry.significant = entry.test->p_value < table.specification.significance;
  return entry;
}

/// Corrects over all entries; those without a test, or a pair to test, are none.
void correct(ResultsTable& table) {
  std::vector<double> p_values;
  for (const TableEntry& entry : table.entries) {
    p_values.push_back(entry.is_tested() ? entry.test->p_value
                                         : std::numeric_limits<double>::quiet_NaN());
    table.tests += entry.is_tested() ? 1 : 0;
  }
  const std::vector<double> holm = statistics::holm(p_values);
  const std::vector<double> bh = statistics::benjamini_hochberg(p_values);
  const Correction correction = table.specification.correction;
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    TableEntry& entry = table.entries[i];
    entry.p_holm = holm[i];
    entry.p_bh = bh[i];
    const double p = correction == Correction::holm ? holm[i] : bh[i];
    entry.stays_significant =
        correction != Correction::none && p < table.specification.significance;
  }
}

}  // namespace

statistics::PermutationOptions TableOptions::permutation() const {
  return {.draws = draws, .seed = seed, .bounds_up_to = 0, .threads = threads};
}

statistics::BootstrapOptions TableOptions::bootstrap() const {
  return {.resamples = resamples, .confidence = confidence, .seed = seed, .threads = threads};
}

const TableEntry& ResultsTable::entry(std::size_t class_index,
                                      std::size_t row,
                                      std::size_t column) const {
  const std::size_t rows = specification.rows.size();
  return entries[(class_index * rows + row) * specification.columns.size() + column];
}

TableSpecification parse_table_specification(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  TableSpecification specification;
  specification.title = reader.get<std::string>("title");
  specification.reference = reader.get<std::string>("reference");
  specification.significance = reader.get<double>("significance", specification.significance);
  specification.correction = parse_correction(reader.get<std::string>("correction", "holm"), where);
  for (JsonReader& row : objects(reader, "rows")) {
    specification.rows.push_back({row.get<std::string>("run"), row.get<std::string>("label")});
    row.finish();
  }
  for (JsonReader& column : objects(reader, "metrics")) {
    specification.columns.push_back({column.get<std::string>("metric"),
                                     column.get<std::string>("label"),
                                     column.get<int>("digits", 2)});
    column.finish();
  }
  reader.finish();
  check_specification(specification, where);
  return specification;
}

ResultsTable make_results_table(const TableSpecification& specification,
                                std::span<const MetricsSource> sources,
                                const TableOptions& options) {
  options.permutation().check();
  options.bootstrap().check();
  check_distinct(sources);
  check_comparable(sources);
  if (!options.keep_failed) refuse_failed(sources);
  const std::vector<AveragedRuns> rows = average_rows(specification, sources);
  const AveragedRuns& reference =
      *std::find_if(rows.begin(), rows.end(), [&](const AveragedRuns& row) {
        return row.name == specification.reference;
      });
  const storage::MetricsRecord& first = sources.front().record;

  ResultsTable table;
  table.specification = specification;
  table.options = options;
  table.dataset_name = first.dataset_name;
  table.split = first.split;
  table.split_hash = first.split_hash;
  table.empty_rule = first.empty_rule;
  table.files = describe_files(sources);
  table.cases = static_cast<std::int64_t>(reference.case_ids.size());
  table.patients = reference.patients();
  table.class_names = reference.class_names;
  table.class_shares = reference.class_shares;
  for (const AveragedRuns& row : rows) {
    table.runs.push_back(row.runs);
    table.replaced.push_back(replaced_runs(sources, row.name));
    table.failed.push_back(failed_runs(sources, row.name));
  }
  for (const auto& column : specification.columns) {
    table.units.push_back(reference.metric(column.metric).unit);
  }
  for (std::size_t k = 0; k < table.class_names.size(); ++k) {
    for (const AveragedRuns& row : rows) {
      for (const auto& column : specification.columns) {
        table.entries.push_back(make_entry(row, reference, k, column, table));
      }
    }
  }
  correct(table);
  return table;
}

}  // namespace regionwise::reporting

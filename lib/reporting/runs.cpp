#include "reporting/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "reporting/seeds.hpp"

namespace regionwise::reporting {
namespace {

using storage::MetricsRecord;

/// Case ids with the row each has in the record.
std::map<std::string, std::size_t> rows_by_id(const MetricsSource& source) {
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < source.record.case_ids.size(); ++i) {
    const std::string& id = source.record.case_ids[i];
    if (!rows.emplace(id, i).second) {
      throw DataError(fmt::format("{}: case {} stands twice", source.file, id));
    }
  }
  return rows;
}

/// Says what two files disagree on, and what to do.
[[noreturn]] void disagree(const MetricsSource& found,
                           const MetricsSource& expected,
                           const std::string& what,
                           const std::string& found_value,
                           const std::string& expected_value) {
  throw DataError(fmt::format("{}: {} is \"{}\", but \"{}\" in {}: evaluate both alike",
                              found.file,
                              what,
                              found_value,
                              expected_value,
                              expected.file));
}

std::vector<std::string> metric_names(const MetricsRecord& record) {
  std::vector<std::string> names;
  for (const auto& metric : record.metrics) names.push_back(metric.name);
  return names;
}

void check_same_origin(const MetricsSource& found, const MetricsSource& expected) {
  const auto check = [&](const char* what, const std::string& a, const std::string& b) {
    if (a != b) disagree(found, expected, what, a, b);
  };
  const MetricsRecord& a = found.record;
  const MetricsRecord& b = expected.record;
  check("the data set", a.dataset_name, b.dataset_name);
  check("the split", a.split, b.split);
  check("the hash of the split", a.split_hash, b.split_hash);
  check("the rule for empty masks", a.empty_rule, b.empty_rule);
  check("the list of classes",
        fmt::format("{}", fmt::join(a.class_names, ", ")),
        fmt::format("{}", fmt::join(b.class_names, ", ")));
  check("the list of metrics",
        fmt::format("{}", fmt::join(metric_names(a), ", ")),
        fmt::format("{}", fmt::join(metric_names(b), ", ")));
}

/// Files that say nothing of it are passed over.
void check_same_mirroring(std::span<const MetricsSource> sources) {
  const auto in_words = [](const MetricsSource& source) {
    return source.record.mirroring.value() ? "on" : "off";
  };
  const MetricsSource* first = nullptr;
  for (const MetricsSource& source : sources) {
    if (!source.record.mirroring) continue;
    if (first == nullptr) first = &source;
    if (source.record.mirroring == first->record.mirroring) continue;
    disagree(source, *first, "mirroring", in_words(source), in_words(*first));
  }
}

/// How it was validated is left out: that changes no score of its network.
Training training_of(const MetricsSource& source) {
  const MetricsRecord& record = source.record;
  Json configuration = record.configuration;
  if (configuration.is_object()) configuration.erase("validation");
  return {source.file,
          record.run_name,
          std::move(configuration),
          record.dataset_hash,
          record.maps_hash};
}

/// A case of a file.
struct CaseRow {
  const MetricsSource& source;
  std::size_t row;

  std::string id() const { return source.record.case_ids[row]; }
  const Spacing3& spacing_mm() const { return source.record.spacing_mm[row]; }
  std::string spacing() const { return fmt::format("{} mm", fmt::join(spacing_mm(), " x ")); }
  /// Headers round it, and that of `evaluate --pairs` is the prediction's.
  bool has_spacing_of(const CaseRow& other) const {
    constexpr double kRounding = 1e-3;
    return std::ranges::equal(spacing_mm(), other.spacing_mm(), [](double a, double b) {
      return std::abs(a - b) <= kRounding * std::max(a, b);
    });
  }
  std::int64_t reference_voxels(std::size_t class_index) const {
    return source.record.reference_voxels[row * source.record.class_names.size() + class_index];
  }
};

/// Cases of one name may be other images, or the same ones on another grid.
void check_same_reference(const CaseRow& found, const CaseRow& expected) {
  const auto check = [&](const std::string& what, const std::string& a, const std::string& b) {
    if (a != b) disagree(found.source, expected.source, what + " of case " + found.id(), a, b);
  };
  if (!found.has_spacing_of(expected)) {
    disagree(found.source,
             expected.source,
             "the voxel spacing of case " + found.id(),
             found.spacing(),
             expected.spacing());
  }
  const std::vector<std::string>& classes = found.source.record.class_names;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    check("the number of voxels of " + classes[k] + " in the reference",
          fmt::to_string(found.reference_voxels(k)),
          fmt::to_string(expected.reference_voxels(k)));
  }
}

void check_same_cases(const MetricsSource& found, const MetricsSource& expected) {
  const auto found_rows = rows_by_id(found);
  const auto expected_rows = rows_by_id(expected);
  const auto lacks = [](const MetricsSource& one,
                        const std::string& id,
                        const MetricsSource& other) {
    throw DataError(fmt::format("{}: lacks case {}, which {} has: evaluate both on the same cases",
                                one.file,
                                id,
                                other.file));
  };
  for (const auto& [id, row] : expected_rows) {
    const auto match = found_rows.find(id);
    if (match == found_rows.end()) lacks(found, id, expected);
    const std::string& group = found.record.groups[match->second];
    const std::string& expected_group = expected.record.groups[row];
    if (group != expected_group) {
      disagree(found, expected, "the patient of case " + id, group, expected_group);
    }
    check_same_reference({found, match->second}, {expected, row});
  }
  for (const auto& [id, row] : found_rows) {
    if (!expected_rows.contains(id)) lacks(expected, id, found);
  }
}

/// Mean of the values that are defined, and how many are not.
struct DefinedMean {
  double sum = 0;
  std::int64_t defined = 0;
  std::int64_t undefined = 0;

  void add(double value) {
    if (std::isnan(value)) {
      ++undefined;
    } else {
      ++defined;
      sum += value;
    }
  }
  double mean() const {
    return defined > 0 ? sum / static_cast<double>(defined)
                       : std::numeric_limits<double>::quiet_NaN();
  }
};

AveragedRuns::Metric average_metric(std::span<const MetricsSource> sources,
                                    const std::vector<std::map<std::string, std::size_t>>& rows,
                                    const AveragedRuns& averaged,
                                    const MetricsRecord::Metric& like) {
  const std::size_t classes = averaged.class_names.size();
  AveragedRuns::Metric metric{like.name, like.unit, like.higher_is_better, {}, {}};
  metric.partial.assign(classes, 0);
  for (const std::string& id : averaged.case_ids) {
    for (std::size_t k = 0; k < classes; ++k) {
      DefinedMean mean;
      for (std::size_t s = 0; s < sources.size(); ++s) {
        mean.add(sources[s].record.metric(like.name).values[rows[s].at(id) * classes + k]);
      }
      metric.values.push_back(mean.mean());
      metric.partial[k] += mean.defined > 0 && mean.undefined > 0 ? 1 : 0;
    }
  }
  return metric;
}

}  // namespace

const AveragedRuns::Metric& AveragedRuns::metric(const std::string& name) const {
  std::vector<std::string> known;
  for (const Metric& metric : metrics) {
    if (metric.name == name) return metric;
    known.push_back(metric.name);
  }
  throw DataError(fmt::format(
      "no metric \"{}\" in the metrics files (there are: {})", name, fmt::join(known, ", ")));
}

std::size_t AveragedRuns::class_index(const std::string& name) const {
  const auto found = std::find(class_names.begin(), class_names.end(), name);
  if (found != class_names.end()) return static_cast<std::size_t>(found - class_names.begin());
  throw DataError(fmt::format(
      "no class \"{}\" in the metrics files (there are: {})", name, fmt::join(class_names, ", ")));
}

std::vector<double> AveragedRuns::values_of(const Metric& metric, std::size_t class_index) const {
  std::vector<double> values;
  for (std::size_t i = class_index; i < metric.values.size(); i += class_names.size()) {
    values.push_back(metric.values[i]);
  }
  return values;
}

std::int64_t AveragedRuns::patients() const {
  return static_cast<std::int64_t>(std::set<std::string>(groups.begin(), groups.end()).size());
}

std::vector<MetricsSource> read_sources(std::span<const std::filesystem::path> files) {
  std::vector<MetricsSource> sources;
  for (const auto& file : files) {
    sources.push_back({file.string(), storage::read_metrics(file)});
  }
  return sources;
}

void check_comparable(std::span<const MetricsSource> sources) {
  for (const MetricsSource& source : sources) {
    check_same_origin(source, sources.front());
    check_same_cases(source, sources.front());
  }
  check_same_mirroring(sources);
}

void check_same_configurations(std::span<const MetricsSource> sources) {
  SameConfiguration same;
  for (const MetricsSource& source : sources) same.check(training_of(source));
}

void check_distinct(std::span<const MetricsSource> sources) {
  std::set<std::string> files;
  std::map<std::pair<std::string, std::uint64_t>, std::string> runs;
  for (const MetricsSource& source : sources) {
    const MetricsRecord& record = source.record;
    if (!files.insert(std::filesystem::weakly_canonical(source.file).string()).second) {
      throw DataError(fmt::format("{}: given twice", source.file));
    }
    if (record.run_name.empty()) continue;  // Of another program: nothing tells its runs apart.
    const auto [first, is_new] = runs.emplace(std::pair(record.run_name, record.seed), source.file);
    if (!is_new) {
      throw DataError(fmt::format("{}: run \"{}\" with seed {} is also in {}: give it once",
                                  source.file,
                                  record.run_name,
                                  record.seed,
                                  first->second));
    }
  }
}

void check_given_once(std::span<const std::string> names, const std::string& what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      throw UsageError(fmt::format("{} \"{}\": given twice", what, name));
    }
  }
}

AveragedRuns average_runs(std::span<const MetricsSource> sources) {
  const MetricsRecord& first = sources.front().record;
  for (const MetricsSource& source : sources) {
    if (source.record.run_name == first.run_name) continue;
    throw DataError(
        fmt::format("{}: of configuration \"{}\", but {} is of \"{}\": one side holds the runs of "
                    "one configuration",
                    source.file,
                    source.record.run_name,
                    sources.front().file,
                    first.run_name));
  }
  check_same_configurations(sources);
  std::vector<std::map<std::string, std::size_t>> rows;
  for (const MetricsSource& source : sources) rows.push_back(rows_by_id(source));

  AveragedRuns averaged;
  averaged.name = first.run_name;
  averaged.runs = static_cast<std::int64_t>(sources.size());
  averaged.class_names = first.class_names;
  averaged.class_shares = first.class_shares;
  // Unknown where another program's label maps were scored.
  averaged.class_shares.resize(first.class_names.size(), std::numeric_limits<double>::quiet_NaN());
  for (const auto& [id, row] : rows.front()) {
    averaged.case_ids.push_back(id);
    averaged.groups.push_back(first.groups[row]);
  }
  for (const auto& metric : first.metrics) {
    averaged.metrics.push_back(average_metric(sources, rows, averaged, metric));
  }
  averaged.misses.assign(first.class_names.size(), 0);
  for (const MetricsSource& source : sources) {
    for (std::size_t k = 0; k < averaged.misses.size(); ++k) {
      averaged.misses[k] += source.record.misses(k);
    }
  }
  return averaged;
}

std::vector<std::string> describe_files(std::span<const MetricsSource> sources) {
  std::vector<Training> trainings;
  for (const MetricsSource& source : sources) trainings.push_back(training_of(source));
  return describe_files(trainings);
}

std::vector<std::vector<MetricsSource>> by_configuration(std::span<const MetricsSource> sources) {
  std::vector<std::vector<MetricsSource>> configurations;
  for (const MetricsSource& source : sources) {
    const auto same_name = [&](const std::vector<MetricsSource>& one) {
      return one.front().record.run_name == source.record.run_name;
    };
    auto found = std::find_if(configurations.begin(), configurations.end(), same_name);
    if (found == configurations.end()) found = configurations.emplace(found);
    found->push_back(source);
  }
  return configurations;
}

}  // namespace regionwise::reporting

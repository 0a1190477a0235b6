#include "reporting/final_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/error.hpp"
#include "metrics/metric.hpp"
#include "reporting/history.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/runs.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"

namespace regionwise::reporting {
namespace {

constexpr const char* kMean = "mean";

/// Chooses one class, or the mean over all, from a value per class. `remedy`: how to get a value
/// where there is none.
double select(const std::vector<double>& by_class,
              const std::vector<std::string>& class_names,
              const DistributionOptions& options,
              const std::string& file,
              const std::string& remedy) {
  double value = 0;
  if (options.class_name == kMean) {
    for (const double one : by_class) value += one / static_cast<double>(by_class.size());
  } else {
    const auto found = std::find(class_names.begin(), class_names.end(), options.class_name);
    if (found == class_names.end()) {
      throw DataError(fmt::format("{}: no class \"{}\" (there are: {})",
                                  file,
                                  options.class_name,
                                  fmt::join(class_names, ", ")));
    }
    value = by_class[static_cast<std::size_t>(found - class_names.begin())];
  }
  if (std::isfinite(value)) return value;
  throw DataError(
      fmt::format("{}: {} ({}) has no finite value, and leaving the model out would flatter it{}",
                  file,
                  options.metric,
                  options.class_name,
                  remedy));
}

/// A miss scores 0 in an overlap, which is therefore always there; a distance can be made finite.
std::string remedy_of(const storage::MetricsRecord& record, const DistributionOptions& options) {
  std::vector<std::string> others;
  for (const auto& metric : record.metrics) {
    if (metric.higher_is_better && metric.name != options.metric) others.push_back(metric.name);
  }
  return fmt::format(": {}evaluate with --empty diagonal",
                     others.empty() ? "" : fmt::format("try --metric {}, or ", others.front()));
}

std::string remedy_of(const storage::RunRecord& record, const DistributionOptions& options) {
  const bool has_dice = options.metric != "dice" && record.validation.find("dice") != nullptr;
  return fmt::format(": {}give the metrics files of evaluate --empty diagonal",
                     has_dice ? "try --metric dice, or " : "");
}

void add_value(FinalValues& values,
               const std::string& name,
               double value,
               const std::optional<storage::RunOutcome>& outcome) {
  const std::string label = name.empty() ? "unnamed" : name;
  auto group = std::find_if(values.groups.begin(), values.groups.end(), [&](const auto& one) {
    return one.name == label;
  });
  if (group == values.groups.end()) group = values.groups.insert(group, {label, {}});
  group->values.push_back(value);
  group->marked_failed += outcome && outcome->failed() ? 1 : 0;
  group->unknown += outcome ? 0 : 1;
}

std::string classes_in_words(const DistributionOptions& options) {
  return options.class_name == kMean ? "mean over foreground classes"
                                     : "class " + options.class_name;
}

FinalValues from_metrics(std::span<const std::filesystem::path> files,
                         const DistributionOptions& options) {
  const std::vector<MetricsSource> sources = read_sources(files);
  check_distinct(sources);
  check_comparable(sources);
  check_same_configurations(sources);
  FinalValues values;
  for (const MetricsSource& source : sources) {
    const AveragedRuns run = average_runs({&source, 1});
    const auto& metric = run.metric(options.metric);
    std::vector<double> by_class;
    for (std::size_t k = 0; k < run.class_names.size(); ++k) {
      by_class.push_back(statistics::summarise(run.values_of(metric, k)).mean);
    }
    add_value(
        values,
        run.name,
        select(by_class, run.class_names, options, source.file, remedy_of(source.record, options)),
        outcome_of(source.record));
    values.unit = metric.unit;
    values.higher_is_better = metric.higher_is_better;
  }
  const storage::MetricsRecord& first = sources.front().record;
  values.dataset_name = first.dataset_name;
  values.files = describe_files(sources);
  values.split_hash = first.split_hash;
  values.level = fmt::format("one value per model: mean over {} cases, {}; empty masks: {}",
                             first.case_ids.size(),
                             classes_in_words(options),
                             first.empty_rule);
  return values;
}

FinalValues from_runs(std::span<const std::filesystem::path> files,
                      const DistributionOptions& options) {
  const std::vector<RunSource> runs = read_runs(files);
  check_same_configurations(runs);
  FinalValues values;
  for (const RunSource& run : runs) {
    if (!run.record.finished) {
      throw DataError(
          fmt::format("{}: the training stands at epoch {} and is not finished: run the "
                      "same train command again",
                      run.file,
                      run.record.epoch));
    }
    const ValidationHistory history = validation_history(run, options.metric);
    const auto classes = static_cast<std::ptrdiff_t>(history.class_names.size());
    const std::vector<double> last(history.values.end() - classes, history.values.end());
    add_value(values,
              run.record.name,
              select(last, history.class_names, options, run.file, remedy_of(run.record, options)),
              outcome_of(run.record));
    values.unit = history.unit;
  }
  values.higher_is_better = metrics::find_metric(options.metric).higher_is_better;
  values.dataset_name = runs.front().record.dataset_name;
  values.files = describe_files(runs);
  values.split_hash = runs.front().record.split_hash;
  values.level = fmt::format("one value per model: last validation of its training, {}",
                             classes_in_words(options));
  return values;
}

FailureRate failure_rate(std::int64_t failures, std::int64_t n, double confidence) {
  return {failures,
          n,
          static_cast<double>(failures) / static_cast<double>(n),
          statistics::clopper_pearson(failures, n, confidence)};
}

}  // namespace

void DistributionOptions::check() const {
  if (failed_below && !(*failed_below >= 0 && *failed_below <= 1)) {
    throw UsageError(
        fmt::format("--failed-below {}: a value of the metric is in [0, 1]", *failed_below));
  }
}

FinalValues read_final_values(std::span<const std::filesystem::path> files,
                              const DistributionOptions& options) {
  options.check();
  std::vector<std::string> formats;
  for (const auto& file : files) {
    formats.push_back(storage::format_of(storage::Hdf5Reader(file)));
    if (formats.back() == formats.front()) continue;
    throw DataError(
        fmt::format("{}: of format \"{}\", but {} is of \"{}\": give files of one format",
                    file.string(),
                    formats.back(),
                    files.front().string(),
                    formats.front()));
  }
  return formats.front() == "regionwise/run" ? from_runs(files, options)
                                             : from_metrics(files, options);
}

std::vector<GroupDistribution> distributions(const FinalValues& values,
                                             const DistributionOptions& options) {
  options.check();
  if (options.failed_below && !values.higher_is_better) {
    throw UsageError(
        fmt::format("--failed-below: {} is a distance, of which less is better: a model below {} "
                    "did not fail",
                    options.metric,
                    *options.failed_below));
  }
  std::vector<GroupDistribution> found;
  for (const FinalValues::Group& group : values.groups) {
    GroupDistribution distribution;
    distribution.name = group.name;
    distribution.n = static_cast<std::int64_t>(group.values.size());
    distribution.steps = statistics::empirical_distribution(group.values, options.confidence);
    if (values.higher_is_better) {
      const auto failures =
          std::count_if(group.values.begin(), group.values.end(), [&](double value) {
            return value < options.failure_threshold();
          });
      distribution.failed = failure_rate(failures, distribution.n, options.confidence);
    }
    distribution.unknown = group.unknown;
    const std::int64_t known = distribution.n - group.unknown;
    if (known > 0) {
      distribution.marked = failure_rate(group.marked_failed, known, options.confidence);
    }
    found.push_back(std::move(distribution));
  }
  return found;
}

}  // namespace regionwise::reporting

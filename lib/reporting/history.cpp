#include "reporting/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "metrics/metric.hpp"
#include "reporting/run_failure.hpp"
#include "reporting/seeds.hpp"
#include "statistics/distribution.hpp"

namespace regionwise::reporting {
namespace {

void check_same_task(const RunSource& found, const RunSource& expected) {
  const auto check = [&](const char* what, const std::string& a, const std::string& b) {
    if (a == b) return;
    throw DataError(
        fmt::format("{}: {} is \"{}\", but \"{}\" in {}: their validations do not compare",
                    found.file,
                    what,
                    a,
                    b,
                    expected.file));
  };
  const auto& a = found.record;
  const auto& b = expected.record;
  check("the data set", a.dataset_name, b.dataset_name);
  check("the hash of the split", a.split_hash, b.split_hash);
  check("the list of classes",
        fmt::format("{}", fmt::join(a.class_names, ", ")),
        fmt::format("{}", fmt::join(b.class_names, ", ")));
}

/// What the runs of one configuration have at one epoch.
struct Validated {
  std::vector<double> values;  ///< One per run; NaN where it has none.
  double misses = 0;
  std::int64_t undefined = 0;
};

CurvePoint point_of(const Validated& validated) {
  std::vector<double> values = validated.values;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  const statistics::Summary summary = statistics::summarise(values);
  CurvePoint point;
  point.mean = summary.mean;
  point.sd = summary.sd;
  point.min = values.empty() ? std::nan("") : *std::min_element(values.begin(), values.end());
  point.max = values.empty() ? std::nan("") : *std::max_element(values.begin(), values.end());
  point.q1 = statistics::quantile(values, 0.25);
  point.q3 = statistics::quantile(values, 0.75);
  point.runs = summary.count;
  point.misses = validated.misses;
  point.undefined = validated.undefined;
  return point;
}

/// Curves by (configuration, class), in the order in which they are to be printed.
class CurveCollector {
 public:
  /// `values` and `misses` of one run: of one class, or of all that the point is the mean over.
  void add(const std::string& group,
           const std::string& class_name,
           std::int64_t epoch,
           std::span<const double> values,
           std::span<const double> misses) {
    const statistics::Summary summary = statistics::summarise(values);
    Validated& validated = curve(group, class_name)[epoch];
    validated.values.push_back(summary.mean);
    validated.misses += std::accumulate(misses.begin(), misses.end(), 0.0);
    validated.undefined += summary.missing;
  }

  std::vector<CurvePoint> points() const {
    std::vector<CurvePoint> points;
    for (const auto& [name, curve] : curves_) {
      for (const auto& [epoch, validated] : curve) {
        points.push_back(point_of(validated));
        points.back().group = name.first;
        points.back().class_name = name.second;
        points.back().epoch = epoch;
      }
    }
    return points;
  }

 private:
  using Name = std::pair<std::string, std::string>;
  using Curve = std::map<std::int64_t, Validated>;  ///< By epoch.

  Curve& curve(const std::string& group, const std::string& class_name) {
    const Name name(group, class_name);
    const auto found = std::find_if(
        curves_.begin(), curves_.end(), [&](const auto& curve) { return curve.first == name; });
    return found != curves_.end() ? found->second : curves_.emplace_back(name, Curve()).second;
  }

  std::vector<std::pair<Name, Curve>> curves_;
};

void add_run(CurveCollector& curves,
             const RunSource& run,
             const ValidationHistory& history,
             bool by_class) {
  const std::size_t classes = history.class_names.size();
  for (std::size_t row = 0; row < history.epochs.size(); ++row) {
    const auto values = std::span(history.values).subspan(row * classes, classes);
    const auto misses = std::span(history.misses).subspan(row * classes, classes);
    const std::int64_t epoch = history.epochs[row];
    if (!by_class) curves.add(run.record.name, "mean", epoch, values, misses);
    for (std::size_t k = 0; by_class && k < classes; ++k) {
      curves.add(run.record.name,
                 history.class_names[k],
                 epoch,
                 values.subspan(k, 1),
                 misses.subspan(k, 1));
    }
  }
}

bool is_per_class(const storage::HistoryTable::Column* column,
                  const storage::HistoryTable::Column& epochs) {
  return column != nullptr && !column->labels.empty() &&
         column->values.size() == epochs.values.size() * column->labels.size();
}

/// " (--metric: dice, hausdorff)", what there is; nothing where there is none.
std::string what_was_measured(const storage::HistoryTable& validation) {
  const auto* epochs = validation.find("epoch");
  std::vector<std::string> names;
  for (const auto& column : validation.columns) {
    if (metrics::is_metric(column.name) && is_per_class(&column, *epochs)) {
      names.push_back(column.name);
    }
  }
  return names.empty() ? "" : fmt::format(" (--metric: {})", fmt::join(names, ", "));
}

Training training_of(const RunSource& run) {
  const storage::RunRecord& record = run.record;
  return {run.file, record.name, record.configuration, record.dataset_hash, record.maps_hash};
}

}  // namespace

std::vector<RunSource> read_runs(std::span<const std::filesystem::path> files) {
  std::vector<RunSource> runs;
  std::map<std::pair<std::string, std::uint64_t>, std::string> seen;
  for (const auto& file : files) {
    runs.push_back({file.string(), storage::read_run(file, false)});
    const RunSource& run = runs.back();
    check_same_task(run, runs.front());
    const auto [first, is_new] =
        seen.emplace(std::pair(run.record.name, run.record.seed), run.file);
    if (!is_new) {
      throw DataError(fmt::format("{}: run \"{}\" with seed {} is also in {}: give it once",
                                  run.file,
                                  run.record.name,
                                  run.record.seed,
                                  first->second));
    }
  }
  return runs;
}

ValidationHistory validation_history(const RunSource& run, const std::string& metric) {
  const auto* epochs = run.record.validation.find("epoch");
  const auto* column = run.record.validation.find(metric);
  if (epochs == nullptr || epochs->values.empty()) {
    throw DataError(run.file + ": holds no validation yet: let the training reach one");
  }
  if (!metrics::is_metric(metric)) {
    throw DataError(fmt::format(
        "{}: \"{}\" is no metric{}", run.file, metric, what_was_measured(run.record.validation)));
  }
  if (!is_per_class(column, *epochs)) {
    throw DataError(fmt::format("{}: its validations did not measure \"{}\" per class{}",
                                run.file,
                                metric,
                                what_was_measured(run.record.validation)));
  }
  ValidationHistory history{column->unit, column->labels, {}, column->values, {}};
  const auto* misses = run.record.validation.find("misses");
  const bool counted = misses != nullptr && misses->values.size() == column->values.size();
  history.misses =
      counted ? misses->values : std::vector<double>(column->values.size(), std::nan(""));
  for (const double epoch : epochs->values) {
    constexpr double kMost = 9007199254740992;  // 2^53
    if (!(epoch >= 0 && epoch <= kMost)) {
      throw DataError(
          fmt::format("{}: a validation is of epoch {}: expected at least 0", run.file, epoch));
    }
    history.epochs.push_back(static_cast<std::int64_t>(std::llround(epoch)));
  }
  return history;
}

std::vector<std::string> describe_failures(std::span<const RunSource> runs) {
  std::vector<JudgedRun> judged;
  for (const auto& [file, run] : runs) judged.push_back({run.name, run.seed, outcome_of(run)});
  return describe_failures(judged);
}

std::vector<std::string> describe_files(std::span<const RunSource> runs) {
  std::vector<Training> trainings;
  for (const RunSource& run : runs) trainings.push_back(training_of(run));
  return describe_files(trainings);
}

void check_same_configurations(std::span<const RunSource> runs) {
  SameConfiguration same;
  for (const RunSource& run : runs) same.check(training_of(run));
}

Curves validation_curves(std::span<const RunSource> runs, const CurveOptions& options) {
  check_same_configurations(runs);
  Curves curves;
  CurveCollector collector;
  for (const RunSource& run : runs) {
    const ValidationHistory history = validation_history(run, options.metric);
    curves.unit = history.unit;
    add_run(collector, run, history, options.by_class);
  }
  curves.points = collector.points();
  return curves;
}

}  // namespace regionwise::reporting

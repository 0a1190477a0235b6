#include "reporting/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.hpp"
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

/// Values of the runs of one curve, by epoch.
using ValuesByEpoch = std::map<std::int64_t, std::vector<double>>;

/// Curves by (configuration, class), in the order in which they are to be printed.
class CurveCollector {
 public:
  void add(const std::string& group,
           const std::string& class_name,
           std::int64_t epoch,
           double value) {
    if (!std::isnan(value)) curve(group, class_name)[epoch].push_back(value);
  }

  std::vector<CurvePoint> points() const {
    std::vector<CurvePoint> points;
    for (const auto& [name, curve] : curves_) {
      for (const auto& [epoch, values] : curve) {
        const statistics::Summary summary = statistics::summarise(values);
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        points.push_back(
            {name.first, name.second, epoch, summary.mean, summary.sd, *low, *high, summary.count});
      }
    }
    return points;
  }

 private:
  using Name = std::pair<std::string, std::string>;

  ValuesByEpoch& curve(const std::string& group, const std::string& class_name) {
    const Name name(group, class_name);
    const auto found = std::find_if(
        curves_.begin(), curves_.end(), [&](const auto& curve) { return curve.first == name; });
    return found != curves_.end() ? found->second
                                  : curves_.emplace_back(name, ValuesByEpoch()).second;
  }

  std::vector<std::pair<Name, ValuesByEpoch>> curves_;
};

void add_run(CurveCollector& curves,
             const RunSource& run,
             const ValidationHistory& history,
             bool by_class) {
  const std::size_t classes = history.class_names.size();
  for (std::size_t row = 0; row < history.epochs.size(); ++row) {
    const std::span<const double> values(history.values.data() + row * classes, classes);
    if (!by_class) {
      curves.add(run.record.name, "mean", history.epochs[row], statistics::summarise(values).mean);
      continue;
    }
    for (std::size_t k = 0; k < classes; ++k) {
      curves.add(run.record.name, history.class_names[k], history.epochs[row], values[k]);
    }
  }
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
  if (column == nullptr || column->labels.empty() ||
      column->values.size() != epochs->values.size() * column->labels.size()) {
    throw DataError(
        fmt::format("{}: its validations did not measure \"{}\" per class: try --metric dice",
                    run.file,
                    metric));
  }
  ValidationHistory history{column->unit, column->labels, {}, column->values};
  for (const double epoch : epochs->values) {
    history.epochs.push_back(static_cast<std::int64_t>(std::llround(epoch)));
  }
  return history;
}

Curves validation_curves(std::span<const RunSource> runs, const CurveOptions& options) {
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

#include "reporting/run_failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "core/error.hpp"
#include "reporting/seeds.hpp"

namespace regionwise::reporting {
namespace {

using Column = storage::HistoryTable::Column;

constexpr const char* kKey = "failure";

/// One class at one validation.
struct ClassScore {
  double dice = 0;
  bool present = true;  ///< In the validated cases.
};

/// The scores of a validation table, [rows, classes].
class Scores {
 public:
  explicit Scores(const storage::HistoryTable& validation)
      : dice_(validation.find("dice")),
        misses_(validation.find("misses")),
        cases_(validation.find("cases")) {}

  std::size_t classes() const { return dice_ == nullptr ? 0 : dice_->labels.size(); }
  std::size_t rows() const { return classes() == 0 ? 0 : dice_->values.size() / classes(); }
  const std::string& name(std::size_t k) const { return dice_->labels[k]; }

  ClassScore at(std::size_t row, std::size_t k) const {
    const std::size_t i = row * classes() + k;
    const double dice = dice_->values[i];
    if (fits(cases_)) return {dice, cases_->values[i] > 0};
    const bool missed = fits(misses_) && misses_->values[i] > 0;
    return {dice, missed || dice > 0};
  }

 private:
  bool fits(const Column* column) const {
    return column != nullptr && column->values.size() == dice_->values.size();
  }

  const Column* dice_;
  const Column* misses_;
  const Column* cases_;
};

std::int64_t epoch_of(const storage::HistoryTable& table, std::size_t row) {
  const Column* epochs = table.find("epoch");
  if (epochs == nullptr || row >= epochs->values.size()) return 0;
  return static_cast<std::int64_t>(std::llround(epochs->values[row]));
}

/// The epoch of the first value that is not finite.
std::optional<std::int64_t> divergence(const storage::HistoryTable& training,
                                       const storage::HistoryTable& validation,
                                       const Scores& scores) {
  if (const Column* losses = training.find("loss")) {
    for (std::size_t row = 0; row < losses->values.size(); ++row) {
      if (!std::isfinite(losses->values[row])) return epoch_of(training, row);
    }
  }
  for (std::size_t row = 0; row < scores.rows(); ++row) {
    for (std::size_t k = 0; k < scores.classes(); ++k) {
      const ClassScore score = scores.at(row, k);
      if (score.present && !std::isfinite(score.dice)) return epoch_of(validation, row);
    }
  }
  return std::nullopt;
}

/// First row of those at the end in which the class is dead; rows() where the last is not.
std::size_t first_dead_row(const Scores& scores, std::size_t k, double dice_below) {
  std::size_t first = scores.rows();
  while (first > 0) {
    const ClassScore score = scores.at(first - 1, k);
    if (!score.present || score.dice >= dice_below) break;
    --first;
  }
  return first;
}

storage::HistoryTable first_rows(storage::HistoryTable table, std::int64_t rows) {
  for (Column& column : table.columns) {
    const std::size_t width = std::max<std::size_t>(column.labels.size(), 1);
    column.values.resize(std::min(column.values.size(), static_cast<std::size_t>(rows) * width));
  }
  return table;
}

/// The rule with another number of validations.
storage::RunOutcome judge(const storage::HistoryTable& training,
                          const storage::HistoryTable& validation,
                          double dice_below,
                          std::int64_t validations) {
  const Scores scores(validation);
  storage::RunOutcome outcome;
  if (const auto epoch = divergence(training, validation, scores)) {
    outcome.reason = "diverged";
    outcome.since_epoch = *epoch;
    return outcome;
  }
  const std::size_t needed = std::min(scores.rows(), static_cast<std::size_t>(validations));
  std::size_t present = 0;
  std::size_t since = 0;
  for (std::size_t k = 0; needed > 0 && k < scores.classes(); ++k) {
    present += scores.at(scores.rows() - 1, k).present ? 1 : 0;
    const std::size_t first = first_dead_row(scores, k, dice_below);
    if (scores.rows() - first < needed) continue;
    outcome.classes.push_back(scores.name(k));
    since = std::max(since, first);
  }
  if (outcome.classes.empty()) return outcome;
  outcome.reason = outcome.classes.size() == present ? "background-collapse" : "dead-class";
  outcome.since_epoch = epoch_of(validation, since);
  return outcome;
}

/// Null where it was not measured.
const std::vector<double>* find_dice(const storage::MetricsRecord& metrics) {
  const auto found = std::find_if(metrics.metrics.begin(),
                                  metrics.metrics.end(),
                                  [](const auto& metric) { return metric.name == "dice"; });
  return found == metrics.metrics.end() ? nullptr : &found->values;
}

/// Metrics that hold Dice as the table of one validation.
storage::HistoryTable as_validation(const storage::MetricsRecord& metrics) {
  storage::HistoryTable table;
  const std::size_t classes = metrics.class_names.size();
  const std::vector<double>& values = *find_dice(metrics);
  for (std::size_t k = 0; k < classes; ++k) {
    double sum = 0;
    double defined = 0;
    double cases = 0;
    for (std::size_t i = k; i < values.size(); i += classes) {
      cases += metrics.reference_voxels[i] > 0 ? 1 : 0;
      if (std::isnan(values[i])) continue;
      sum += values[i];
      ++defined;
    }
    table.column("dice", "1", metrics.class_names).values.push_back(sum / defined);
    table.column("cases", "1", metrics.class_names).values.push_back(cases);
  }
  return table;
}

}  // namespace

void FailureRule::check(const std::string& where) const {
  const auto need = [&](bool condition, const char* what) {
    if (!condition) throw UsageError(fmt::format("{}: {}", where, what));
  };
  need(dice_below >= 0 && dice_below <= 1, "\"dice-below\" is in [0, 1]");
  need(validations >= 1, "\"validations\" must be at least 1");
  need(stop_after >= validations, "\"stop-after\" must be at least \"validations\"");
}

FailureRule parse_failure_rule(const Json& json, const std::string& where) {
  FailureRule rule;
  JsonReader reader(json, where);
  rule.dice_below = reader.get("dice-below", rule.dice_below);
  rule.validations = reader.get("validations", rule.validations);
  rule.stop_after = reader.get("stop-after", std::max(rule.stop_after, rule.validations));
  reader.finish();
  rule.check(where);
  return rule;
}

Json to_json(const FailureRule& rule) {
  return {{"dice-below", rule.dice_below},
          {"validations", rule.validations},
          {"stop-after", rule.stop_after}};
}

FailureRule failure_rule_of(const Json& configuration) {
  if (!configuration.is_object() || !configuration.contains(kKey)) return {};
  return parse_failure_rule(configuration.at(kKey), std::string("configuration:") + kKey);
}

storage::RunOutcome judge_history(const storage::HistoryTable& training,
                                  const storage::HistoryTable& validation,
                                  const FailureRule& rule) {
  return judge(training, validation, rule.dice_below, rule.validations);
}

bool is_hopeless(const storage::HistoryTable& training,
                 const storage::HistoryTable& validation,
                 const FailureRule& rule) {
  return validation.rows() >= rule.stop_after &&
         judge(training, validation, rule.dice_below, rule.stop_after).failed();
}

std::optional<std::int64_t> hopeless_since(const storage::HistoryTable& validation,
                                           const FailureRule& rule) {
  for (std::int64_t rows = rule.stop_after; rows <= validation.rows(); ++rows) {
    if (is_hopeless({}, first_rows(validation, rows), rule)) {
      return epoch_of(validation, static_cast<std::size_t>(rows - 1));
    }
  }
  return std::nullopt;
}

bool was_given_up(const storage::RunRecord& run) {
  // Where it could not go on, the epoch in which that was has a row, though it is not done.
  return run.finished && run.outcome && run.outcome->stopped_early &&
         run.training.rows() == run.epoch;
}

std::optional<storage::RunOutcome> outcome_of(const storage::RunRecord& run) {
  if (!run.finished) return std::nullopt;
  if (run.outcome) return run.outcome;
  return judge_history(run.training, run.validation, failure_rule_of(run.configuration));
}

std::optional<storage::RunOutcome> outcome_of(const storage::MetricsRecord& metrics) {
  if (metrics.outcome || metrics.run_name.empty()) return metrics.outcome;
  if (find_dice(metrics) == nullptr) return std::nullopt;
  return judge_history({}, as_validation(metrics), failure_rule_of(metrics.configuration));
}

std::string describe(const storage::RunOutcome& outcome) {
  if (!outcome.failed()) return "converged";
  const std::string early = outcome.stopped_early ? ", stopped early" : "";
  if (outcome.classes.empty()) {
    return fmt::format("{}: not finite in epoch {}{}", outcome.reason, outcome.since_epoch, early);
  }
  // Metrics alone know no epoch.
  const std::string since =
      outcome.since_epoch > 0 ? fmt::format(" since epoch {}", outcome.since_epoch) : "";
  return fmt::format(
      "{}: {} lost{}{}", outcome.reason, fmt::join(outcome.classes, ", "), since, early);
}

std::vector<std::uint64_t> replaced_seeds(std::span<const std::filesystem::path> files,
                                          const storage::RunRecord& replacement) {
  std::set<std::uint64_t> seeds;
  for (const auto& file : files) {
    const storage::RunRecord run = storage::read_run(file, /*with_state=*/false);
    const auto refuse = [&](const std::string& why) {
      throw DataError(fmt::format("{}: cannot be replaced: {}", file.string(), why));
    };
    const auto outcome = outcome_of(run);
    if (!outcome) refuse(fmt::format("it is not finished (epoch {})", run.epoch));
    if (!outcome->failed()) refuse("it has not failed, and choosing among runs would flatter them");
    if (run.name != replacement.name) refuse(fmt::format("it is a run of \"{}\"", run.name));
    const auto difference = training_difference(run, replacement);
    if (!difference.empty()) refuse("it trained with another " + difference);
    seeds.insert(run.seed);
    seeds.insert(run.replaced_seeds.begin(), run.replaced_seeds.end());
  }
  if (seeds.contains(replacement.seed)) {
    throw UsageError(fmt::format("--replaces: seed {} is that of a failed run: give another --seed",
                                 replacement.seed));
  }
  return {seeds.begin(), seeds.end()};
}

std::vector<std::string> describe_failures(std::span<const JudgedRun> runs) {
  struct Group {
    std::string name;
    std::int64_t finished = 0;
    std::vector<std::string> failures;
  };
  std::vector<Group> groups;
  for (const JudgedRun& run : runs) {
    if (!run.outcome) continue;
    auto group = std::find_if(
        groups.begin(), groups.end(), [&](const Group& one) { return one.name == run.name; });
    if (group == groups.end()) group = groups.insert(group, {run.name, 0, {}});
    ++group->finished;
    if (!run.outcome->failed()) continue;
    group->failures.push_back(fmt::format("seed {} {}", run.seed, describe(*run.outcome)));
  }
  std::vector<std::string> lines;
  for (const Group& group : groups) {
    if (group.failures.empty()) continue;
    lines.push_back(fmt::format("{}: {} of {} finished runs failed to converge ({})",
                                group.name,
                                group.failures.size(),
                                group.finished,
                                fmt::join(group.failures, "; ")));
  }
  return lines;
}

}  // namespace regionwise::reporting

#include "reporting/study_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"

namespace regionwise::reporting {
namespace {

constexpr std::int64_t kSeeds[] = {1, 2, 3, 5, 10, 20};
constexpr std::int64_t kPatients[] = {10, 20, 50, 100, 200, 500};

/// One class and metric of both sides: [runs][cases].
struct PilotValues {
  std::vector<std::vector<double>> a;
  std::vector<std::vector<double>> b;
};

/// Whether every run of both sides defines the value of a case.
bool is_defined(const PilotValues& values, std::size_t index) {
  for (const auto* side : {&values.a, &values.b}) {
    for (const std::vector<double>& run : *side) {
      if (std::isnan(run[index])) return false;
      if (std::isinf(run[index])) {
        throw DataError(fmt::format(
            "case {} has an infinite value: a mean difference needs finite values", index + 1));
      }
    }
  }
  return true;
}

/// Means over each unit's cases, [units, runs].
statistics::PilotScores scores_of(const std::vector<std::vector<double>>& runs,
                                  const std::map<std::string, std::vector<std::size_t>>& units) {
  statistics::PilotScores scores{static_cast<std::int64_t>(runs.size()), {}};
  for (const auto& [name, cases] : units) {
    for (const std::vector<double>& run : runs) {
      double mean = 0;
      for (const std::size_t i : cases) mean += run[i] / static_cast<double>(cases.size());
      scores.values.push_back(mean);
    }
  }
  return scores;
}

StudyPlan::Seeds plan_seeds(const statistics::VarianceComponents& components,
                            std::int64_t seeds,
                            const PlanOptions& options) {
  const auto needed = [&](double statistics::PlannedPower::*kind) {
    return statistics::patients_needed(
        components, seeds, options.difference, options.significance, options.power, kind);
  };
  StudyPlan::Seeds planned{seeds, seeds, {}, {}, {}};
  planned.patients_needed = needed(&statistics::PlannedPower::power);
  planned.permtest_patients_needed = needed(&statistics::PlannedPower::permutation_power);
  std::set<std::int64_t> counts(std::begin(kPatients), std::end(kPatients));
  for (const auto& count : {planned.patients_needed, planned.permtest_patients_needed}) {
    if (count) counts.insert(*count);
  }
  for (const std::int64_t patients : counts) {
    planned.powers.emplace_back(
        patients,
        statistics::planned_power(
            components, patients, seeds, options.difference, options.significance));
  }
  return planned;
}

StudyPlan plan_values(const PilotValues& values,
                      const std::vector<std::string>& names,
                      const PlanOptions& options) {
  StudyPlan plan;
  std::map<std::string, std::vector<std::size_t>> units;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_defined(values, i)) {
      units[names[i]].push_back(i);
    } else {
      ++plan.dropped;
    }
  }
  plan.pilot_patients = std::ssize(units);
  plan.pilot_seeds_a = std::ssize(values.a);
  plan.pilot_seeds_b = std::ssize(values.b);
  plan.components =
      statistics::variance_components(scores_of(values.a, units), scores_of(values.b, units));
  if (!plan.components.seeds_known) {
    plan.seeds = {plan_seeds(plan.components, 1, options)};
    plan.seeds[0].a = plan.pilot_seeds_a;
    plan.seeds[0].b = plan.pilot_seeds_b;
    return plan;
  }
  for (const std::int64_t seeds : kSeeds) {
    plan.seeds.push_back(plan_seeds(plan.components, seeds, options));
  }
  return plan;
}

/// Each run by itself, its cases sorted as those of every other.
std::vector<AveragedRuns> single_runs(const std::vector<MetricsSource>& sources) {
  average_runs(sources);  // Refuses runs of several configurations.
  std::vector<AveragedRuns> runs;
  for (const MetricsSource& source : sources) runs.push_back(average_runs({&source, 1}));
  return runs;
}

std::vector<std::vector<double>> values_of(const std::vector<AveragedRuns>& runs,
                                           const std::string& metric,
                                           std::size_t class_index) {
  std::vector<std::vector<double>> values;
  for (const AveragedRuns& run : runs) {
    values.push_back(run.values_of(run.metric(metric), class_index));
  }
  return values;
}

/// The metrics to plan for.
std::vector<std::string> metrics_of(const AveragedRuns& run, const ComparisonOptions& comparison) {
  std::vector<std::string> metrics = comparison.metrics;
  if (metrics.empty()) {
    for (const auto& metric : run.metrics) metrics.push_back(metric.name);
  }
  std::set<std::string> units;
  for (const std::string& name : metrics) units.insert(run.metric(name).unit);
  if (units.size() > 1) {
    throw UsageError(fmt::format(
        "one difference cannot be in the units of {}: choose what to plan for with --metric",
        fmt::join(metrics, ", ")));
  }
  return metrics;
}

}  // namespace

void PlanOptions::check() const {
  if (!std::isfinite(difference) || difference == 0) {
    throw UsageError(fmt::format("a difference of {} cannot be planned for", difference));
  }
  if (!(power > 0 && power < 1)) {
    throw UsageError(fmt::format("power {} is outside (0, 1)", power));
  }
  if (!(significance > 0 && significance < 1)) {
    throw UsageError(fmt::format("significance {} is outside (0, 1)", significance));
  }
}

std::vector<StudyPlan> plan_study(const Sides& pilot,
                                  const ComparisonOptions& comparison,
                                  const PlanOptions& options) {
  comparison.check();
  options.check();
  const std::vector<AveragedRuns> a = single_runs(pilot.a);
  const std::vector<AveragedRuns> b = single_runs(pilot.b);
  const AveragedRuns& first = a.front();
  const std::vector<std::string> metrics = metrics_of(first, comparison);
  std::vector<StudyPlan> plans;
  for (const std::string& class_name :
       comparison.classes.empty() ? first.class_names : comparison.classes) {
    const std::size_t k = first.class_index(class_name);
    for (const std::string& metric : metrics) {
      const PilotValues values{values_of(a, metric, k), values_of(b, metric, k)};
      StudyPlan plan = with_context(fmt::format("{} of class {}", metric, class_name), [&] {
        return plan_values(values, comparison.by_case ? first.case_ids : first.groups, options);
      });
      plan.class_name = class_name;
      plan.metric = metric;
      plan.unit = first.metric(metric).unit;
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

StudyPlan plan_study(const PairedSample& pilot,
                     const ComparisonOptions& comparison,
                     const PlanOptions& options) {
  comparison.check();
  options.check();
  StudyPlan plan =
      plan_values({{pilot.a}, {pilot.b}}, comparison.by_case ? pilot.cases : pilot.groups, options);
  plan.class_name = plan.metric = plan.unit = "-";
  plan.pilot_seeds_a = plan.pilot_seeds_b = plan.seeds[0].a = plan.seeds[0].b = 0;
  return plan;
}

}  // namespace regionwise::reporting

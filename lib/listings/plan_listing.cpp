#include "listings/plan_listing.hpp"

#include <fmt/format.h>

#include <cmath>

namespace regionwise::listings {
namespace {

/// The pilot's spread and what follows, a sentence per plan.
std::string in_words(const reporting::StudyPlan& plan, const std::string& unit) {
  const statistics::VarianceComponents& components = plan.components;
  const bool has_runs = plan.pilot_seeds_a > 0;
  std::string text = fmt::format(
      "pilot: {} of {}: {} {}s, {}, {} dropped; sd ",
      plan.metric,
      plan.class_name,
      plan.pilot_patients,
      unit,
      has_runs ? fmt::format("{} + {} runs", plan.pilot_seeds_a, plan.pilot_seeds_b) : "pairs",
      plan.dropped);
  if (!components.seeds_known) {
    return text + fmt::format("{:.4g} ({}: seeds cannot be told from {}s)",
                              std::sqrt(components.patients),
                              has_runs ? "one run on a side" : "runs not given",
                              unit);
  }
  return text + fmt::format("between {}s {:.4g}, between seeds {:.4g}, rest {:.4g}",
                            unit,
                            std::sqrt(components.patients),
                            std::sqrt(components.seeds),
                            std::sqrt(components.rest));
}

void comment_what_is_planned(cli::ResultTable& table,
                             const reporting::PlanOptions& options,
                             const std::string& unit) {
  table.comment(
      fmt::format("plan: {}s and seeds (runs of each configuration) to find a difference "
                  "of {} at level {} with power {}",
                  unit,
                  options.difference,
                  options.significance,
                  options.power));
  table.comment(
      fmt::format("{}s_needed: by power; nan: more than {}, so that only more seeds help, or power "
                  "not known",
                  unit,
                  statistics::kMostPlannedPatients));
  table.comment(
      fmt::format("permtest_{}s_needed: by permtest_power, for the seeds at hand alone", unit));
  table.comment(fmt::format(
      "power: of a test whose standard error counts seeds and {}s; permtest_power: of permtest, to "
      "which the seeds at hand are fixed",
      unit));
  table.comment(
      "false_alarm: chance that permtest finds a difference that other seeds would not show on "
      "average; grows with " +
      unit + "s, falls with seeds");
  table.comment(
      "power, false_alarm: nan where a side of the pilot has one run, or pairs are given: two runs "
      "of each side tell");
  table.comment(
      "from the pilot's variances, taken as true, and noncentral t: rough where the pilot is "
      "small");
}

cli::Cell count_or_nan(std::int64_t count) {
  return count > 0 ? cli::Cell(count) : cli::Cell(std::nan(""));
}

}  // namespace

cli::ResultTable plan_listing(std::span<const reporting::StudyPlan> plans,
                              const reporting::PlanOptions& options,
                              const std::string& unit,
                              const std::string& command) {
  // All plans are in one unit, "-" for pairs, whose is not known.
  const std::string of_difference = plans.front().unit == "-" ? "" : plans.front().unit;
  cli::ResultTable table({{"class", ""},
                          {"metric", ""},
                          {"unit", ""},
                          {"difference", of_difference},
                          {"seeds_a", "1"},
                          {"seeds_b", "1"},
                          {unit + "s_needed", "1"},
                          {"permtest_" + unit + "s_needed", "1"},
                          {unit + "s", "1"},
                          {"power", "1"},
                          {"permtest_power", "1"},
                          {"false_alarm", "1"}});
  table.comment(command);
  comment_what_is_planned(table, options, unit);
  for (const reporting::StudyPlan& plan : plans) table.comment(in_words(plan, unit));
  for (const reporting::StudyPlan& plan : plans) {
    for (const reporting::StudyPlan::Seeds& one : plan.seeds) {
      for (const auto& [patients, power] : one.powers) {
        table.row({plan.class_name,
                   plan.metric,
                   plan.unit,
                   options.difference,
                   count_or_nan(one.a),
                   count_or_nan(one.b),
                   count_or_nan(one.patients_needed.value_or(0)),
                   count_or_nan(one.permtest_patients_needed.value_or(0)),
                   patients,
                   power.power,
                   power.permutation_power,
                   power.false_alarm});
      }
    }
  }
  return table;
}

}  // namespace regionwise::listings

#include "listings/plan_listing.hpp"

#include <fmt/format.h>

#include <cmath>

namespace regionwise::listings {
namespace {

/// The pilot's spread and what follows, a sentence per plan.
std::string in_words(const reporting::StudyPlan& plan, const std::string& unit) {
  const statistics::VarianceComponents& components = plan.components;
  std::string text = fmt::format("pilot: {} of {}: {} {}s, {} + {} runs, {} dropped; sd ",
                                 plan.metric,
                                 plan.class_name,
                                 plan.pilot_patients,
                                 unit,
                                 plan.pilot_seeds_a,
                                 plan.pilot_seeds_b,
                                 plan.dropped);
  if (!components.seeds_known) {
    return text + fmt::format("{:.4g} (one run on a side: seeds cannot be told from {}s)",
                              std::sqrt(components.patients),
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
      fmt::format("{}s_needed: for this power; nan: more than {}, so that only more seeds help",
                  unit,
                  statistics::kMostPlannedPatients));
  table.comment(fmt::format(
      "power: of a test whose standard error counts seeds and {}s; permtest_power: of permtest, to "
      "which the seeds at hand are fixed",
      unit));
  table.comment(
      "false_alarm: chance that permtest finds a difference that other seeds would not show on "
      "average; grows with " +
      unit + "s, falls with seeds");
  table.comment(
      "from the pilot's variances, taken as true, and noncentral t: rough where the pilot is "
      "small");
}

}  // namespace

cli::ResultTable plan_listing(std::span<const reporting::StudyPlan> plans,
                              const reporting::PlanOptions& options,
                              const std::string& unit,
                              const std::string& command) {
  cli::ResultTable table({{"class", ""},
                          {"metric", ""},
                          {"unit", ""},
                          {"difference", "1"},
                          {"seeds", "1"},
                          {unit + "s_needed", "1"},
                          {unit + "s", "1"},
                          {"power", "1"},
                          {"permtest_power", "1"},
                          {"false_alarm", "1"}});
  table.comment(command);
  comment_what_is_planned(table, options, unit);
  for (const reporting::StudyPlan& plan : plans) table.comment(in_words(plan, unit));
  for (const reporting::StudyPlan& plan : plans) {
    for (const reporting::StudyPlan::Seeds& one : plan.seeds) {
      const double needed =
          one.patients_needed ? static_cast<double>(*one.patients_needed) : std::nan("");
      for (const auto& [patients, power] : one.powers) {
        table.row({plan.class_name,
                   plan.metric,
                   plan.unit,
                   options.difference,
                   one.seeds,
                   needed,
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

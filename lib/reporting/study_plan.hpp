#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reporting/comparison.hpp"
#include "statistics/planning.hpp"

namespace regionwise::reporting {

struct PlanOptions {
  double difference = 0;       ///< To be found, in the metric's unit; not 0, its sign is ignored.
  double power = 0.8;          ///< Chance of finding it, in (0, 1).
  double significance = 0.05;  ///< Level of the test, in (0, 1).
  void check() const;          ///< UsageError
};

/// How many patients and seeds one class and metric needs.
struct StudyPlan {
  /// A number of trainings of each configuration.
  struct Seeds {
    std::int64_t a = 0;  ///< Of each side; 0: not known.
    std::int64_t b = 0;
    /// By PlannedPower::power, none where seeds are not known; see statistics::patients_needed.
    std::optional<std::int64_t> patients_needed;
    std::optional<std::int64_t> permtest_patients_needed;  ///< By permutation_power.
    /// By number of patients, ascending; those needed are among them.
    std::vector<std::pair<std::int64_t, statistics::PlannedPower>> powers;
  };

  std::string class_name;
  std::string metric;
  std::string unit;
  std::int64_t pilot_patients = 0;
  std::int64_t pilot_seeds_a = 0;  ///< 0: not known.
  std::int64_t pilot_seeds_b = 0;
  std::int64_t dropped = 0;  ///< Cases with an undefined value in any run, left out.
  statistics::VarianceComponents components;
  /// Where the pilot tells nothing of seeds (one run on a side): one entry, of those it has.
  std::vector<Seeds> seeds;
};

/// A plan for each class and metric of `comparison`, from pilot runs of two configurations. The
/// unit is the patient (with comparison.by_case the case), whose cases are averaged. UsageError
/// where the metrics are of several units, as one difference cannot suit both; DataError for fewer
/// than two patients with values and for an infinite value.
std::vector<StudyPlan> plan_study(const Sides& pilot,
                                  const ComparisonOptions& comparison,
                                  const PlanOptions& options);

/// From pairs, which tell nothing of seeds, not even how many there were.
StudyPlan plan_study(const PairedSample& pilot,
                     const ComparisonOptions& comparison,
                     const PlanOptions& options);

}  // namespace regionwise::reporting

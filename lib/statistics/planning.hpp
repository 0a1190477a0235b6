#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace regionwise::statistics {

/// Scores of one configuration in a pilot study.
struct PilotScores {
  std::int64_t seeds = 1;      ///< Trainings.
  std::vector<double> values;  ///< [patients, seeds], finite.
};

/// What makes a paired difference a − b vary, as variances in the square of the score's unit: with
/// n patients and s trainings of each configuration, the mean difference has variance patients/n +
/// seeds/s + rest/(n s).
struct VarianceComponents {
  double patients = 0;  ///< Of the difference from patient to patient, whatever the trainings.
  double seeds = 0;     ///< From training to training, all patients alike: both sides' sum.
  double rest = 0;      ///< Of single scores beside these: both sides' sum.
  /// False where a side has one training: `patients` then holds the pilot's trainings as well, and
  /// the others are 0.
  bool seeds_known = true;
};

/// Two-way analysis of variance without replication in each side (random effects, method of
/// moments; negative estimates become 0), the patients' from the variance of their differences.
/// Trainings of the two sides are not paired. Both sides have the same patients, 2 or more, else
/// DataError.
VarianceComponents variance_components(const PilotScores& a, const PilotScores& b);

/// Chances of a planned comparison.
struct PlannedPower {
  /// Of finding the difference between the configurations, by a test at the level given whose
  /// standard error counts the trainings' spread, taken as known. No number of patients makes up
  /// for few trainings. NaN where the pilot does not tell the trainings' spread.
  double power = 0;
  /// Of the permutation test by patient finding it, to which the trainings at hand are fixed.
  double permutation_power = 0;
  /// Of the permutation test by patient finding a difference where other trainings of the same
  /// configurations would show none on average: above the level where trainings differ. NaN as
  /// `power`.
  double false_alarm = 0;
};

/// For patients ≥ 2 and seeds ≥ 1 of each side (where they are not known: as many as in the pilot).
/// Normal differences; noncentral t with patients − 1 degrees of freedom, at the largest level that
/// the permutation test's 2^patients patterns have at or below `significance` (0 for few patients:
/// power 0). Simulated permutation tests agree to 0.03 from 10 patients on, to 0.06 from 6 on, and
/// to 0.08 where the patients' part is exponential (tests/statistics/planning_test.cpp).
PlannedPower planned_power(const VarianceComponents& components,
                           std::int64_t patients,
                           std::int64_t seeds,
                           double difference,
                           double significance);

/// Beyond this number of patients nobody plans.
inline constexpr std::int64_t kMostPlannedPatients = 100'000;

/// The smallest number of patients with a power of that `kind` of at least `power`; none where
/// kMostPlannedPatients do not suffice, and where that kind is NaN.
std::optional<std::int64_t> patients_needed(const VarianceComponents& components,
                                            std::int64_t seeds,
                                            double difference,
                                            double significance,
                                            double power,
                                            double PlannedPower::*kind = &PlannedPower::power);

}  // namespace regionwise::statistics

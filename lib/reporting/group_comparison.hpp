#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reporting/final_values.hpp"
#include "statistics/two_sample.hpp"

namespace regionwise::reporting {

/// Which groups are compared.
enum class Pairing { none, with_first, all };

/// Two groups' shares of failed models.
struct FailureComparison {
  statistics::TwoShares shares;
  double difference = 0;          ///< Share of a − share of b.
  statistics::Interval interval;  ///< Newcombe's, of the difference.
  double p_value = 1;             ///< Fisher's exact test.
  double p_holm = 1;              ///< Corrected over all pairs, for this kind of failure.
};

/// Do the final values of two groups come from one distribution? What is exchanged are models
/// (trainings), which are independent of each other.
struct GroupComparison {
  std::string a;
  std::string b;
  std::int64_t n_a = 0;
  std::int64_t n_b = 0;
  statistics::KolmogorovSmirnov distribution = {};
  double p_holm = 1;  ///< Of distribution.p_value, over all pairs.
  /// Of the models below options.failure_threshold(); none for a distance.
  std::optional<FailureComparison> failures = {};
  /// Of those marked as failed; none where the outcome of a model is not known.
  std::optional<FailureComparison> marks = {};
};

/// Compares each pair of groups, or each with the first. `distributions` are those of `values`, and
/// say how many models failed.
std::vector<GroupComparison> compare_groups(const FinalValues& values,
                                            std::span<const GroupDistribution> distributions,
                                            double confidence,
                                            Pairing pairing);

}  // namespace regionwise::reporting

#include "reporting/group_comparison.hpp"

#include <cassert>
#include <limits>

#include "statistics/corrections.hpp"

namespace regionwise::reporting {
namespace {

using Rate = std::optional<FailureRate> GroupDistribution::*;
using Failures = std::optional<FailureComparison> GroupComparison::*;

/// Of one kind of failure; none where it is not counted in both groups.
std::optional<FailureComparison> compare_failures(const GroupDistribution& a,
                                                  const GroupDistribution& b,
                                                  Rate rate,
                                                  double confidence) {
  if (!(a.*rate) || !(b.*rate)) return std::nullopt;
  FailureComparison comparison;
  comparison.shares = {(a.*rate)->failures, (a.*rate)->n, (b.*rate)->failures, (b.*rate)->n};
  comparison.difference = (a.*rate)->share - (b.*rate)->share;
  comparison.interval = statistics::newcombe(comparison.shares, confidence);
  comparison.p_value = statistics::fisher_exact(comparison.shares);
  return comparison;
}

void correct_failures(std::vector<GroupComparison>& comparisons, Failures failures) {
  std::vector<double> p_values;
  for (const GroupComparison& one : comparisons) {
    p_values.push_back(one.*failures ? (one.*failures)->p_value
                                     : std::numeric_limits<double>::quiet_NaN());
  }
  p_values = statistics::holm(p_values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    if (comparisons[i].*failures) (comparisons[i].*failures)->p_holm = p_values[i];
  }
}

void correct(std::vector<GroupComparison>& comparisons) {
  std::vector<double> p_values;
  for (const GroupComparison& one : comparisons) p_values.push_back(one.distribution.p_value);
  p_values = statistics::holm(p_values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) comparisons[i].p_holm = p_values[i];
  correct_failures(comparisons, &GroupComparison::failures);
  correct_failures(comparisons, &GroupComparison::marks);
}

}  // namespace

std::vector<GroupComparison> compare_groups(const FinalValues& values,
                                            std::span<const GroupDistribution> distributions,
                                            double confidence,
                                            Pairing pairing) {
  assert(values.groups.size() == distributions.size());
  std::vector<GroupComparison> comparisons;
  const std::size_t groups = pairing == Pairing::none ? 0 : values.groups.size();
  for (std::size_t i = 0; i < groups; ++i) {
    if (i > 0 && pairing == Pairing::with_first) break;
    for (std::size_t j = i + 1; j < groups; ++j) {
      GroupComparison one{.a = distributions[i].name,
                          .b = distributions[j].name,
                          .n_a = distributions[i].n,
                          .n_b = distributions[j].n};
      one.distribution =
          statistics::kolmogorov_smirnov(values.groups[i].values, values.groups[j].values);
      one.failures = compare_failures(
          distributions[i], distributions[j], &GroupDistribution::failed, confidence);
      // What is not known of some may be what tells the groups apart.
      if (distributions[i].unknown == 0 && distributions[j].unknown == 0) {
        one.marks = compare_failures(
            distributions[i], distributions[j], &GroupDistribution::marked, confidence);
      }
      comparisons.push_back(std::move(one));
    }
  }
  correct(comparisons);
  return comparisons;
}

}  // namespace regionwise::reporting

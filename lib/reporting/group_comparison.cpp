#include "reporting/group_comparison.hpp"

#include <cassert>
#include <limits>

#include "statistics/corrections.hpp"

namespace regionwise::reporting {
namespace {

FailureComparison compare_failures(const GroupDistribution& a,
                                   const GroupDistribution& b,
                                   double confidence) {
  FailureComparison comparison;
  comparison.shares = {a.failed->failures, a.n, b.failed->failures, b.n};
  comparison.difference = a.failed->share - b.failed->share;
  comparison.interval = statistics::newcombe(comparison.shares, confidence);
  comparison.p_value = statistics::fisher_exact(comparison.shares);
  return comparison;
}

void correct(std::vector<GroupComparison>& comparisons) {
  std::vector<double> of_distributions;
  std::vector<double> of_failures;
  for (const GroupComparison& one : comparisons) {
    of_distributions.push_back(one.distribution.p_value);
    of_failures.push_back(one.failures ? one.failures->p_value
                                       : std::numeric_limits<double>::quiet_NaN());
  }
  of_distributions = statistics::holm(of_distributions);
  of_failures = statistics::holm(of_failures);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i].p_holm = of_distributions[i];
    if (comparisons[i].failures) comparisons[i].failures->p_holm = of_failures[i];
  }
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
      if (distributions[i].failed && distributions[j].failed) {
        one.failures = compare_failures(distributions[i], distributions[j], confidence);
      }
      comparisons.push_back(std::move(one));
    }
  }
  correct(comparisons);
  return comparisons;
}

}  // namespace regionwise::reporting

#include "statistics/permutation_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "statistics/sign_patterns.hpp"

namespace regionwise::statistics {
namespace {

constexpr int kMostEnumerated = 30;  // 2^30 patterns take about a second.

/// The differences, summed by group. Groups are sorted by name, so that the order in which pairs
/// are given does not matter.
struct GroupedDifferences {
  std::vector<double> sums;  ///< [groups], Σ (a − b) of the group.
  double total = 0;          ///< Σ sums, the statistic that was observed.
  double tolerance = 0;      ///< Sums closer than this are tied.

  double least_extreme() const { return std::abs(total) - tolerance; }
};

/// Pairs with both values defined, by the name of their group; those of a group in the order given.
std::vector<std::size_t> defined_pairs(std::span<const double> a,
                                       std::span<const double> b,
                                       std::span<const std::string> groups) {
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    if (std::isinf(a[i]) || std::isinf(b[i])) {
      throw DataError(
          fmt::format("pair {} of group \"{}\" is infinite: a mean difference needs finite values",
                      i + 1,
                      groups[i]));
    }
    pairs.push_back(i);
  }
  const auto by_name = [&](std::size_t i, std::size_t j) { return groups[i] < groups[j]; };
  // Cases mostly come sorted, and comparing names is what takes time.
  if (!std::is_sorted(pairs.begin(), pairs.end(), by_name)) {
    std::stable_sort(pairs.begin(), pairs.end(), by_name);
  }
  return pairs;
}

GroupedDifferences group_differences(std::span<const double> a,
                                     std::span<const double> b,
                                     std::span<const std::string> groups,
                                     PermutationResult& result) {
  const std::vector<std::size_t> pairs = defined_pairs(a, b, groups);
  result.pairs = std::ssize(pairs);
  result.dropped = std::ssize(a) - result.pairs;
  GroupedDifferences differences;
  double magnitude = 0;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const std::size_t i = pairs[k];
    if (k == 0 || groups[i] != groups[pairs[k - 1]]) differences.sums.push_back(0);
    differences.sums.back() += a[i] - b[i];
    magnitude += std::abs(a[i]) + std::abs(b[i]);
  }
  for (const double sum : differences.sums) differences.total += sum;
  // Below this, sums of either sign and their squares are finite.
  if (!(magnitude < 1e150)) {
    throw DataError(
        "values are so large (1e150 in sum) that their differences cannot be told apart");
  }
  // Rounding errs in proportion to the values that were subtracted: two means of the same three
  // runs added in another order must tie.
  differences.tolerance = kTieTolerance * magnitude;
  return differences;
}

/// Σ ±d over all 2^n patterns of signs; each sum takes n additions, so that errors do not grow with
/// the number of patterns.
std::vector<double> signed_sums(std::span<const double> values) {
  std::vector<double> sums{0.0};
  for (const double value : values) {
    const std::size_t count = sums.size();
    for (std::size_t i = 0; i < count; ++i) {
      sums.push_back(sums[i] - value);
      sums[i] += value;
    }
  }
  return sums;
}

/// How many of the 2^G patterns are at least as extreme as the one observed (which is one of them).
std::int64_t count_exactly(const GroupedDifferences& differences) {
  const std::span<const double> all(differences.sums);
  const std::size_t half = all.size() / 2;
  const std::vector<double> left = signed_sums(all.first(half));
  const std::vector<double> right = signed_sums(all.subspan(half));
  const double bound = differences.least_extreme();
  std::int64_t count = 0;
  for (const double x : left) {
    for (const double y : right) count += std::abs(x + y) >= bound ? 1 : 0;
  }
  return count;
}

}  // namespace

void PermutationOptions::check() const {
  if (draws < 1 || draws > std::numeric_limits<std::uint32_t>::max()) {
    throw UsageError(fmt::format("{} draws: expected 1 to 2^32 - 1", draws));
  }
  if (exact_up_to < 0 || exact_up_to > kMostEnumerated) {
    throw UsageError(
        fmt::format("enumeration up to {} groups: expected 0 to {}", exact_up_to, kMostEnumerated));
  }
  if (bounds_up_to < 0 || bounds_up_to > kMostGridValues) {
    throw UsageError(
        fmt::format("bounds up to {} groups: expected 0 to {}", bounds_up_to, kMostGridValues));
  }
  if (threads < 1) throw UsageError(fmt::format("{} threads: expected 1 or more", threads));
}

PermutationResult paired_permutation_test(std::span<const double> a,
                                          std::span<const double> b,
                                          std::span<const std::string> groups,
                                          const PermutationOptions& options) {
  assert(a.size() == b.size() && a.size() == groups.size());
  options.check();
  PermutationResult result;
  const GroupedDifferences differences = group_differences(a, b, groups, result);
  result.groups = static_cast<std::int64_t>(differences.sums.size());
  result.mean_difference = result.pairs > 0 ? differences.total / static_cast<double>(result.pairs)
                                            : std::numeric_limits<double>::quiet_NaN();
  result.exact = result.groups <= options.exact_up_to;
  if (result.exact) {
    result.draws = std::int64_t{1} << result.groups;
    result.p_value =
        static_cast<double>(count_exactly(differences)) / static_cast<double>(result.draws);
    result.all_patterns = {result.p_value, result.p_value, result.p_value};
  } else {
    result.draws = options.draws;
    const SignPatterns patterns(options.seed, result.groups, result.draws);
    const std::int64_t extreme =
        patterns.count_at_least(differences.sums, differences.least_extreme(), options.threads);
    result.p_value = static_cast<double>(extreme) / static_cast<double>(result.draws + 1);
    if (result.groups <= options.bounds_up_to) {
      result.all_patterns = tail_on_grid(differences.sums, differences.tolerance);
    }
  }
  return result;
}

}  // namespace regionwise::statistics

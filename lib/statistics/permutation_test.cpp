#include "statistics/permutation_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"

namespace regionwise::statistics {
namespace {

constexpr double kTieTolerance = 1e-12;
constexpr int kMostEnumerated = 30;           // 2^30 patterns take about a second.
constexpr std::int64_t kDrawsPerBlock = 256;  // What a thread takes at a time.

/// The differences, summed by group. Groups are sorted by name, so that the order in which pairs
/// are given does not matter.
struct GroupedDifferences {
  std::vector<double> sums;  ///< [groups], Σ (a − b) of the group.
  double total = 0;          ///< Σ sums, the statistic that was observed.
  double tolerance = 0;      ///< Sums closer than this are tied.

  bool extreme(double sum) const { return std::abs(sum) >= std::abs(total) - tolerance; }
};

GroupedDifferences group_differences(std::span<const double> a,
                                     std::span<const double> b,
                                     std::span<const std::string> groups,
                                     PermutationResult& result) {
  std::map<std::string, double> by_group;
  double magnitude = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) {
      ++result.dropped;
      continue;
    }
    if (std::isinf(a[i]) || std::isinf(b[i])) {
      throw DataError(
          fmt::format("pair {} of group \"{}\" is infinite: a mean difference needs finite values",
                      i + 1,
                      groups[i]));
    }
    ++result.pairs;
    by_group[groups[i]] += a[i] - b[i];
    magnitude += std::abs(a[i]) + std::abs(b[i]);
  }
  GroupedDifferences differences;
  for (const auto& [name, sum] : by_group) {
    differences.sums.push_back(sum);
    differences.total += sum;
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
  std::int64_t count = 0;
  for (const double x : left) {
    for (const double y : right) count += differences.extreme(x + y) ? 1 : 0;
  }
  return count;
}

double draw_sum(const std::vector<double>& sums, std::uint64_t seed, std::int64_t draw) {
  RandomStream random(
      seed, {.purpose = Purpose::permutation, .iteration = static_cast<std::uint32_t>(draw)});
  std::uint32_t signs = 0;
  double sum = 0;
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (g % 32 == 0) signs = random.bits();
    sum += (signs & 1U) != 0 ? sums[g] : -sums[g];
    signs >>= 1;
  }
  return sum;
}

std::int64_t count_drawn(const GroupedDifferences& differences, const PermutationOptions& options) {
  std::atomic<std::int64_t> count{0};
  const std::int64_t blocks = (options.draws + kDrawsPerBlock - 1) / kDrawsPerBlock;
  parallel_for(blocks, options.threads, [&](std::int64_t block) {
    const std::int64_t end = std::min(options.draws, (block + 1) * kDrawsPerBlock);
    std::int64_t extreme = 0;
    for (std::int64_t draw = block * kDrawsPerBlock; draw < end; ++draw) {
      extreme += differences.extreme(draw_sum(differences.sums, options.seed, draw)) ? 1 : 0;
    }
    count += extreme;
  });
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
  } else {
    result.draws = options.draws;
    result.p_value = static_cast<double>(count_drawn(differences, options) + 1) /
                     static_cast<double>(result.draws + 1);
  }
  return result;
}

}  // namespace regionwise::statistics

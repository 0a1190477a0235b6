#include "statistics/clustered_bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <cassert>
#include <cmath>
#include <map>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "statistics/permutation_test.hpp"

namespace regionwise::statistics {
namespace {

constexpr std::int64_t kLeastResamples = 100;
constexpr std::int64_t kResamplesAtOnce = 128;  // Resamples that a thread takes at a time.

/// What a group adds to the sums from which both estimates follow.
struct GroupSums {
  double difference = 0;  ///< Σ (a − b)
  double pairs = 0;
  double mean = 0;  ///< Of the group, less the mean of all groups: squares then do not cancel.
  double square = 0;
};

struct Estimate {
  double difference = 0;
  double effect = 0;
};

class Groups {
 public:
  Groups(std::span<const double> a, std::span<const double> b, std::span<const std::string> names) {
    std::map<std::string, GroupSums> by_name;  // Sorted: the order of pairs does not matter.
    double magnitude = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::isnan(a[i]) || std::isnan(b[i])) continue;
      GroupSums& group = by_name[names[i]];
      group.difference += a[i] - b[i];
      ++group.pairs;
      magnitude += std::abs(a[i]) + std::abs(b[i]);
      ++pairs;
    }
    double mean = 0;
    for (const auto& [name, group] : by_name) {
      mean += group.difference / group.pairs / static_cast<double>(by_name.size());
    }
    for (auto& [name, group] : by_name) {
      group.mean = group.difference / group.pairs - mean;
      group.square = group.mean * group.mean;
      sums_.push_back(group);
    }
    for (const GroupSums& group : sums_) add(total_, group, 1);
    least_sd_ = pairs > 0 ? kTieTolerance * magnitude / pairs : 0;
  }

  std::int64_t size() const { return std::ssize(sums_); }

  /// Whether the groups' means differ by more than rounding.
  bool has_spread() const { return sd(total_, size()) > least_sd_; }

  Estimate estimate() const { return estimate(total_, size()); }

  Estimate without(std::size_t group) const {
    GroupSums rest = total_;
    add(rest, sums_[group], -1);
    return estimate(rest, size() - 1);
  }

  /// One resample; `bits` is scratch of size() words.
  Estimate resample(const BootstrapOptions& options,
                    std::int64_t index,
                    std::span<std::uint32_t> bits) const {
    RandomStream random(
        options.seed,
        {.purpose = Purpose::bootstrap, .iteration = static_cast<std::uint32_t>(index)});
    random.fill(bits);
    GroupSums total;
    for (const std::uint32_t word : bits) {
      // The share of 2^32 words that choose a group differs from 1/n by less than 2^-32.
      add(total, sums_[(std::uint64_t{word} * sums_.size()) >> 32], 1);
    }
    return estimate(total, size());
  }

 private:
  static double sd(const GroupSums& total, std::int64_t count) {
    const auto n = static_cast<double>(count);
    const double squares = std::max(0.0, total.square - total.mean * total.mean / n);
    return count > 1 ? std::sqrt(squares / (n - 1)) : 0;
  }

  /// Of `count` groups whose sums are added up. An effect without spread is infinite, of the sign
  /// of the difference, or 0.
  Estimate estimate(const GroupSums& total, std::int64_t count) const {
    Estimate estimate{total.difference / total.pairs, 0};
    const double spread = sd(total, count);
    if (spread > least_sd_) {
      estimate.effect = estimate.difference / spread;
    } else if (std::abs(estimate.difference) > least_sd_) {
      estimate.effect = std::copysign(std::numeric_limits<double>::infinity(), estimate.difference);
    }
    return estimate;
  }

  static void add(GroupSums& total, const GroupSums& group, double weight) {
    total.difference += weight * group.difference;
    total.pairs += weight * group.pairs;
    total.mean += weight * group.mean;
    total.square += weight * group.square;
  }

  std::vector<GroupSums> sums_;
  GroupSums total_;
  double least_sd_ = 0;  ///< A spread of at most this is rounding.
};

double normal_quantile(double probability) {
  return boost::math::quantile(boost::math::normal(), probability);
}

double normal_probability(double z) {
  return boost::math::cdf(boost::math::normal(), z);
}

/// Efron's a; 0 (bias correction alone) where a jackknife value is infinite or none differs.
double acceleration(const std::vector<double>& jackknife) {
  double mean = 0;
  for (const double value : jackknife) mean += value / static_cast<double>(jackknife.size());
  double squares = 0;
  double cubes = 0;
  for (const double value : jackknife) {
    const double d = mean - value;
    squares += d * d;
    cubes += d * d * d;
  }
  const double a = cubes / (6 * std::pow(squares, 1.5));
  return std::isfinite(a) ? a : 0;
}

/// The bias-corrected and accelerated interval. `values` are all resamples' estimates, unsorted.
Interval bca_interval(std::vector<double>& values,
                      double estimate,
                      const std::vector<double>& jackknife,
                      double confidence) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const auto [first, last] = std::equal_range(values.begin(), values.end(), estimate);
  const auto below = static_cast<double>(first - values.begin());
  const auto tied = static_cast<double>(last - first);
  const double bias = normal_quantile((below + 0.5 * tied + 0.5) / (n + 1));
  const double a = acceleration(jackknife);
  const auto share = [&](double z) {
    const double stretch = 1 - a * (bias + z);
    if (stretch <= 0) return bias + z > 0 ? 1.0 : 0.0;  // Beyond what the correction can express.
    return normal_probability(bias + (bias + z) / stretch);
  };
  const double z = normal_quantile(0.5 + confidence / 2);
  const auto at = [&](double place) {
    return values[static_cast<std::size_t>(std::clamp(place, 1.0, n) - 1)];
  };
  return {at(std::floor(share(-z) * (n + 1))), at(std::ceil(share(z) * (n + 1)))};
}

/// Every resample's estimates: difference, then effect.
std::array<std::vector<double>, 2> resample_all(const Groups& groups,
                                                const BootstrapOptions& options) {
  std::array<std::vector<double>, 2> values;
  for (auto& one : values) one.resize(static_cast<std::size_t>(options.resamples));
  const std::int64_t blocks = (options.resamples + kResamplesAtOnce - 1) / kResamplesAtOnce;
  parallel_for(blocks, options.threads, [&](std::int64_t block) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(groups.size()));
    const std::int64_t end = std::min(options.resamples, (block + 1) * kResamplesAtOnce);
    for (std::int64_t r = block * kResamplesAtOnce; r < end; ++r) {
      const Estimate estimate = groups.resample(options, r, bits);
      values[0][static_cast<std::size_t>(r)] = estimate.difference;
      values[1][static_cast<std::size_t>(r)] = estimate.effect;
    }
  });
  return values;
}

}  // namespace

void BootstrapOptions::check() const {
  if (resamples != 0 &&
      (resamples < kLeastResamples || resamples > std::numeric_limits<std::uint32_t>::max())) {
    throw UsageError(fmt::format(
        "{} bootstrap resamples: expected 0 (none) or {} to 2^32 - 1", resamples, kLeastResamples));
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw UsageError(fmt::format("confidence {} is outside (0, 1)", confidence));
  }
  if (threads < 1) throw UsageError(fmt::format("{} threads: expected 1 or more", threads));
}

ClusteredEffect clustered_effect(std::span<const double> a,
                                 std::span<const double> b,
                                 std::span<const std::string> names,
                                 const BootstrapOptions& options) {
  assert(a.size() == b.size() && a.size() == names.size());
  options.check();
  const Groups groups(a, b, names);
  ClusteredEffect found;
  found.groups = groups.size();
  if (found.groups == 0) return found;
  const Estimate estimate = groups.estimate();
  found.difference = estimate.difference;
  if (groups.has_spread()) found.effect = estimate.effect;
  if (options.resamples == 0 || found.groups < kLeastBootstrapGroups) return found;

  std::vector<double> differences_without;
  std::vector<double> effects_without;
  for (std::size_t g = 0; g < static_cast<std::size_t>(found.groups); ++g) {
    const Estimate without = groups.without(g);
    differences_without.push_back(without.difference);
    effects_without.push_back(without.effect);
  }
  auto values = resample_all(groups, options);
  found.difference_interval =
      bca_interval(values[0], estimate.difference, differences_without, options.confidence);
  if (groups.has_spread()) {
    found.effect_interval =
        bca_interval(values[1], estimate.effect, effects_without, options.confidence);
  }
  return found;
}

}  // namespace regionwise::statistics

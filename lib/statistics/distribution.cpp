#include "statistics/distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace regionwise::statistics {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

void check_confidence(double confidence) {
  if (confidence > 0 && confidence < 1) return;
  throw UsageError(fmt::format("confidence {} is outside (0, 1)", confidence));
}

}  // namespace

std::vector<DistributionStep> empirical_distribution(std::span<const double> sample,
                                                     double confidence) {
  check_confidence(confidence);
  std::vector<double> sorted(sample.begin(), sample.end());
  if (std::any_of(sorted.begin(), sorted.end(), [](double value) { return std::isnan(value); })) {
    throw DataError("a distribution cannot hold an undefined value (NaN)");
  }
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<std::int64_t>(sorted.size());
  const double half_width = dkw_half_width(n, confidence);
  std::vector<DistributionStep> steps;
  for (auto next = sorted.begin(); next != sorted.end();) {
    const double value = *next;
    next = std::upper_bound(next, sorted.end(), value);
    const double fraction = static_cast<double>(next - sorted.begin()) / static_cast<double>(n);
    steps.push_back({value,
                     fraction,
                     std::max(0.0, fraction - half_width),
                     std::min(1.0, fraction + half_width)});
  }
  return steps;
}

double dkw_half_width(std::int64_t n, double confidence) {
  assert(n >= 1);
  check_confidence(confidence);
  return std::sqrt(std::log(2 / (1 - confidence)) / (2 * static_cast<double>(n)));
}

Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence) {
  assert(successes >= 0 && successes <= trials);
  check_confidence(confidence);
  const double tail = (1 - confidence) / 2;
  const auto k = static_cast<double>(successes);
  const auto n = static_cast<double>(trials);
  Interval interval;
  if (successes > 0) interval.lower = boost::math::ibeta_inv(k, n - k + 1, tail);
  if (successes < trials) interval.upper = boost::math::ibeta_inv(k + 1, n - k, 1 - tail);
  return interval;
}

double quantile(std::span<const double> sample, double p) {
  if (sample.empty()) return std::nan("");
  std::vector<double> sorted(sample.begin(), sample.end());
  if (std::any_of(sorted.begin(), sorted.end(), [](double value) { return std::isnan(value); })) {
    throw DataError("a quantile of values of which one is not a number");
  }
  std::sort(sorted.begin(), sorted.end());
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double lower = sorted[below];
  if (below + 1 == sorted.size()) return lower;
  return lower + (place - static_cast<double>(below)) * (sorted[below + 1] - lower);
}

Summary summarise(std::span<const double> values) {
  Summary summary;
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    ++summary.count;
    sum += value;
  }
  const auto n = static_cast<double>(summary.count);
  summary.missing = static_cast<std::int64_t>(values.size()) - summary.count;
  summary.mean = summary.count > 0 ? sum / n : kUndefined;
  double squares = 0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - summary.mean) * (value - summary.mean);
  }
  summary.sd = summary.count > 1 ? std::sqrt(squares / (n - 1)) : kUndefined;
  return summary;
}

}  // namespace regionwise::statistics

#include "statistics/two_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/hypergeometric.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "core/error.hpp"

namespace regionwise::statistics {
namespace {

constexpr double kFisherTies = 1e-7;

/// Both samples in one order: a path in the lattice of (values of a, values of b) seen so far.
struct Pooled {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::vector<bool> ends;     ///< [m + n + 1], whether no tie crosses after so many values.
  std::int64_t distance = 0;  ///< max |i n − j m| over the path's ends: m n times the statistic.
};

Pooled pool(std::span<const double> a, std::span<const double> b) {
  std::vector<std::pair<double, bool>> values;
  for (const double value : a) values.emplace_back(value, true);
  for (const double value : b) values.emplace_back(value, false);
  for (const auto& [value, in_a] : values) {
    if (std::isnan(value)) throw DataError("a distribution cannot hold an undefined value (NaN)");
  }
  std::sort(values.begin(), values.end());
  Pooled pooled{std::ssize(a), std::ssize(b), std::vector<bool>(values.size() + 1, true)};
  std::int64_t i = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    i += values[k].second ? 1 : 0;
    const std::int64_t j = static_cast<std::int64_t>(k) + 1 - i;
    pooled.ends[k + 1] = k + 1 == values.size() || values[k].first < values[k + 1].first;
    if (pooled.ends[k + 1]) {
      pooled.distance = std::max(pooled.distance, std::abs(i * pooled.n - j * pooled.m));
    }
  }
  return pooled;
}

/// The share of paths from (0, 0) to (m, n) that reach the distance. A path to (i, j) came from
/// (i − 1, j) with probability i / (i + j): the last of its values is one of a's i.
double share_that_reaches(const Pooled& pooled) {
  const auto reaches = [&](std::int64_t i, std::int64_t j) {
    return pooled.ends[static_cast<std::size_t>(i + j)] &&
           std::abs(i * pooled.n - j * pooled.m) >= pooled.distance;
  };
  std::vector<double> reached(static_cast<std::size_t>(pooled.n + 1));
  for (std::int64_t i = 0; i <= pooled.m; ++i) {
    for (std::int64_t j = 0; j <= pooled.n; ++j) {
      auto& here = reached[static_cast<std::size_t>(j)];
      if (reaches(i, j)) {
        here = 1;
      } else if (i + j > 0) {
        const double from_a = static_cast<double>(i) / static_cast<double>(i + j);
        here = from_a * here + (j > 0 ? (1 - from_a) * (&here)[-1] : 0);
      }
    }
  }
  return reached.back();
}

Interval wilson(std::int64_t successes, std::int64_t trials, double z) {
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double centre = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

[[maybe_unused]] bool is_valid(const TwoShares& s) {
  return s.of_a >= 1 && s.of_b >= 1 && s.a >= 0 && s.a <= s.of_a && s.b >= 0 && s.b <= s.of_b;
}

}  // namespace

KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> a, std::span<const double> b) {
  assert(!a.empty() && !b.empty());
  const Pooled pooled = pool(a, b);
  return {static_cast<double>(pooled.distance) / static_cast<double>(pooled.m * pooled.n),
          share_that_reaches(pooled)};
}

double fisher_exact(const TwoShares& shares) {
  assert(is_valid(shares));
  const std::int64_t total = shares.a + shares.b;
  const auto whole = [](std::int64_t count) { return static_cast<unsigned>(count); };
  const boost::math::hypergeometric_distribution<double> of_a(
      whole(total), whole(shares.of_a), whole(shares.of_a + shares.of_b));
  const std::int64_t least = std::max<std::int64_t>(0, total - shares.of_b);
  const std::int64_t most = std::min(total, shares.of_a);
  const double observed = boost::math::pdf(of_a, whole(shares.a)) * (1 + kFisherTies);
  double p = 0;
  for (std::int64_t k = least; k <= most; ++k) {
    const double probability = boost::math::pdf(of_a, whole(k));
    if (probability <= observed) p += probability;
  }
  return std::min(1.0, p);
}

Interval newcombe(const TwoShares& shares, double confidence) {
  assert(is_valid(shares));
  if (!(confidence > 0 && confidence < 1)) {
    throw UsageError(fmt::format("confidence {} is outside (0, 1)", confidence));
  }
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2);
  const Interval of_a = wilson(shares.a, shares.of_a, z);
  const Interval of_b = wilson(shares.b, shares.of_b, z);
  const double p = static_cast<double>(shares.a) / static_cast<double>(shares.of_a);
  const double q = static_cast<double>(shares.b) / static_cast<double>(shares.of_b);
  return {p - q - std::hypot(p - of_a.lower, of_b.upper - q),
          p - q + std::hypot(of_a.upper - p, q - of_b.lower)};
}

}  // namespace regionwise::statistics

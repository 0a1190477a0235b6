#include "maps/sign_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"

namespace regionwise::maps {
namespace {

constexpr std::size_t kMostClasses = 128;
/// Below it squares of distances come near to the smallest numbers.
constexpr double kTiny = 1e-140;

/// Coefficients of exponential variables, all positive.
struct Side {
  std::array<double, kMostClasses> values;
  std::size_t count = 0;

  void add(double value) { values[count++] = value; }
};

/// P(Σ a_i E_i > Σ b_j E_j) by G(p, q) of the header; 0 where both sides are empty. Where one side
/// has a single term, the recurrence is a product.
double chance_of_more(const Side& a, const Side& b) {
  if (a.count == 0 || b.count == 0) return a.count > 0 ? 1 : 0;
  if (a.count == 1) {
    double chance = 1;
    for (std::size_t j = 0; j < b.count; ++j) chance *= a.values[0] / (a.values[0] + b.values[j]);
    return chance;
  }
  if (b.count == 1) {
    double chance = 0;
    for (std::size_t i = 0; i < a.count; ++i) {
      chance += a.values[i] / (a.values[i] + b.values[0]) * (1 - chance);
    }
    return chance;
  }
  std::array<double, kMostClasses + 1> row;  // G(i, 0 … q)
  std::fill_n(row.begin(), b.count + 1, 0.0);
  row[0] = 1;
  for (std::size_t i = 0; i < a.count; ++i) {
    for (std::size_t j = 0; j < b.count; ++j) {
      const double both = a.values[i] + b.values[j];
      row[j + 1] = a.values[i] / both * row[j] + b.values[j] / both * row[j + 1];
    }
  }
  return row[b.count];
}

/// The distances of the z from t, above and below.
struct Sides {
  Side above;
  Side below;

  Sides(std::span<const double> z, double t) {
    for (const double value : z) {
      if (value > t) above.add(value - t);
      if (value < t) below.add(t - value);
    }
  }
};

struct WrongRange {
  double least = HUGE_VAL;
  double most = -HUGE_VAL;

  WrongRange(std::span<const double> z, std::size_t true_class) {
    for (std::size_t k = 0; k < z.size(); ++k) {
      if (k == true_class) continue;
      least = std::min(least, z[k]);
      most = std::max(most, z[k]);
    }
  }
};

}  // namespace

double share_above(std::span<const double> z, double t) {
  assert(z.size() <= kMostClasses);
  const Sides sides(z, t);
  return chance_of_more(sides.above, sides.below);
}

double share_below(std::span<const double> z, double t) {
  assert(z.size() <= kMostClasses);
  const Sides sides(z, t);
  return chance_of_more(sides.below, sides.above);
}

void wrong_sign_shares(std::span<const double> z, int true_class, std::span<double> shares) {
  assert(shares.size() == z.size());
  for (std::size_t k = 0; k < z.size(); ++k) {
    shares[k] = static_cast<int>(k) == true_class ? share_below(z, z[k]) : share_above(z, z[k]);
  }
}

double unsafe_share(std::span<const double> z, int true_class) {
  const auto m = static_cast<std::size_t>(true_class);
  const WrongRange wrong(z, m);
  return z[m] > wrong.least ? 1 : share_above(z, wrong.least);
}

bool is_safe(std::span<const double> z, int true_class) {
  const auto m = static_cast<std::size_t>(true_class);
  const WrongRange wrong(z, m);
  return wrong.least == wrong.most && z[m] <= wrong.least;
}

SmallestChange smallest_change(std::span<const double> z, int true_class) {
  if (is_safe(z, true_class)) return {};
  const auto m = static_cast<std::size_t>(true_class);
  const WrongRange wrong(z, m);
  const double range = std::max(wrong.most, z[m]) - wrong.least;
  // Squares of tiny distances would be lost; a power of two brings them back without rounding.
  const double scale = range < kTiny ? 0x1p600 : 1;
  // From the least value on: distances are exact where the values are near to one another.
  const double own = (z[m] - wrong.least) * scale;
  double sum = 0;
  for (std::size_t k = 0; k < z.size(); ++k) sum += k == m ? 0 : (z[k] - wrong.least) * scale;
  const double count = static_cast<double>(z.size());
  double mean = sum / (count - 1);
  const bool true_moves = own > mean;
  if (true_moves) mean = (sum + own) / count;
  double square = true_moves ? (own - mean) * (own - mean) : 0;
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double step = (z[k] - wrong.least) * scale - mean;
    square += k == m ? 0 : step * step;
  }
  // Half of the smallest number there is would be 0, as if the pixel were safe.
  return {.largest = std::max(range / 2, std::numeric_limits<double>::denorm_min()),
          .euclidean = std::sqrt(square) / scale};
}

void check_map_vector(std::span<const double> z, int true_class, const std::string& where) {
  if (z.size() < 2 || z.size() > kMostClasses) {
    throw UsageError(
        fmt::format("{}: expected 2 to {} numbers, found {}", where, kMostClasses, z.size()));
  }
  for (const double value : z) {
    if (!(std::abs(value) <= 1e150)) {
      throw UsageError(
          fmt::format("{}: expected finite numbers up to 1e150, found {}", where, value));
    }
  }
  if (true_class < 0 || true_class >= std::ssize(z)) {
    throw UsageError(
        fmt::format("{}: class {} is none of 0 to {}", where, true_class, std::ssize(z) - 1));
  }
}

}  // namespace regionwise::maps

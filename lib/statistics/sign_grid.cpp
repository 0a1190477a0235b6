#include "statistics/sign_grid.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "core/multiversion.hpp"

namespace regionwise::statistics {
namespace {

constexpr double kMostSteps = 1 << 18;  // Of Σ|value|; the tables then stay in the second cache.
constexpr int kMostDigits = 9;

/// Values as whole numbers of grid steps.
struct GridValues {
  double step = 1;                  ///< δ
  std::vector<std::int64_t> steps;  ///< |value| / δ, rounded; ascending.
  std::int64_t total = 0;           ///< Σ steps
  std::int64_t observed = 0;        ///< |Σ ± steps| with the values' own signs.
  double error = 0;                 ///< E and what rounding in floating point may add.
};

GridValues round_to_grid(std::span<const double> values, double step) {
  GridValues grid;
  grid.step = step;
  double magnitude = 0;
  for (const double value : values) {
    const auto steps = std::llround(std::abs(value) / step);
    grid.steps.push_back(steps);
    grid.total += steps;
    grid.observed += value < 0 ? -steps : steps;
    grid.error += std::abs(std::abs(value) - step * static_cast<double>(steps));
    magnitude += std::abs(value);
  }
  grid.observed = std::abs(grid.observed);
  // Sums of n terms err by n half units in the last place, and so does E.
  grid.error +=
      2 * static_cast<double>(values.size()) * magnitude * std::numeric_limits<double>::epsilon();
  std::sort(grid.steps.begin(), grid.steps.end());
  return grid;
}

/// On a grid of decimals where one holds the values to within the tolerance in all.
GridValues choose_grid(std::span<const double> values, double magnitude, double tolerance) {
  double step = 1;
  for (int digits = 0; digits <= kMostDigits && magnitude / step <= kMostSteps; ++digits) {
    GridValues grid = round_to_grid(values, step);
    if (grid.error <= tolerance) return grid;
    step = 1 / std::pow(10, digits + 1);
  }
  return round_to_grid(values, magnitude / kMostSteps);
}

constexpr std::int64_t kBlock = 512;

/// table[x] becomes (table[x] + table[x − a] + table[x − b] + table[x − a − b]) / 4 for x < end:
/// two steps in one pass, from the end, so that what is read is still of before. The table has a +
/// b zeros in front.
REGIONWISE_MULTIVERSION
void add_two_steps(double* table, std::int64_t a, std::int64_t b, std::int64_t end) {
  std::array<double, kBlock> sums;
  for (; end > 0; end -= kBlock) {
    const std::int64_t count = std::min(kBlock, end);
    const double* __restrict from = table + end - count;
    for (std::int64_t i = 0; i < count; ++i) {
      sums[static_cast<std::size_t>(i)] =
          0.25 * ((from[i] + from[i - a]) + (from[i - b] + from[i - a - b]));
    }
    std::copy_n(sums.begin(), count, table + end - count);
  }
}

/// P(Σ of a random subset of steps = x). It is symmetric about half of their sum, and only tables
/// that are half as long stay in the cache.
struct SubsetSums {
  std::int64_t total = 0;
  std::vector<double> table;  ///< For x in 0 … total / 2.

  /// Of steps that ascend, so that the table grows late.
  explicit SubsetSums(std::vector<std::int64_t> steps)
      : total(std::accumulate(steps.begin(), steps.end(), std::int64_t{0})) {
    if (steps.size() % 2 != 0) steps.insert(steps.begin(), 0);
    const std::int64_t half = total / 2 + 1;
    const std::int64_t margin = steps.empty() ? 0 : steps.back() + steps[steps.size() - 2];
    table.resize(static_cast<std::size_t>(margin + half));
    double* from_zero = table.data() + margin;
    from_zero[0] = 1;
    std::int64_t filled = 1;  // Sums from here on are impossible.
    for (std::size_t i = 0; i < steps.size(); i += 2) {
      filled = std::min(half, filled + steps[i] + steps[i + 1]);
      add_two_steps(from_zero, steps[i], steps[i + 1], filled);
    }
    table.erase(table.begin(), table.begin() + margin);
  }
};

/// The distribution of the sum of all steps with random signs, as that of two halves: their tables
/// together are as long as one of all would be, but each takes half of the steps.
class SumDistribution {
 public:
  explicit SumDistribution(const GridValues& grid)
      : SumDistribution(every_second(grid.steps, 0), every_second(grid.steps, 1)) {}

  /// P(|sum| ≥ least), counted in steps.
  double tail(std::int64_t least) const {
    if (least <= 0) return 1;
    // sum = 2 subset − total, and both tails are alike.
    const std::int64_t total = first_.total + second_.total;
    return least > total ? 0 : 2 * subset_up_to((total - least) / 2);
  }

 private:
  SumDistribution(std::vector<std::int64_t> a, std::vector<std::int64_t> b)
      : first_(std::move(a)), second_(std::move(b)) {
    std::partial_sum(second_.table.begin(), second_.table.end(), second_.table.begin());
  }

  static std::vector<std::int64_t> every_second(const std::vector<std::int64_t>& steps,
                                                std::size_t from) {
    std::vector<std::int64_t> chosen;
    for (std::size_t i = from; i < steps.size(); i += 2) chosen.push_back(steps[i]);
    return chosen;
  }

  /// P(subset of the second half ≤ most).
  double second_up_to(std::int64_t most) const {
    if (most < 0) return 0;
    if (most <= second_.total / 2) return second_.table[static_cast<std::size_t>(most)];
    const std::int64_t mirrored = second_.total - 1 - most;
    return mirrored < 0 ? 1 : 1 - second_.table[static_cast<std::size_t>(mirrored)];
  }

  double subset_up_to(std::int64_t most) const {
    double sum = 0;
    for (std::int64_t x = 0; x <= first_.total / 2; ++x) {
      const std::int64_t mirrored = first_.total - x;
      sum += first_.table[static_cast<std::size_t>(x)] *
             (second_up_to(most - x) + (mirrored != x ? second_up_to(most - mirrored) : 0));
    }
    return sum;
  }

  SubsetSums first_;
  SubsetSums second_;  ///< Cumulative.
};

}  // namespace

BoundedProbability tail_on_grid(std::span<const double> values, double tolerance) {
  assert(!values.empty() && std::ssize(values) <= kMostGridValues);
  double magnitude = 0;
  for (const double value : values) magnitude += std::abs(value);
  const double bound = std::abs(std::accumulate(values.begin(), values.end(), 0.0)) - tolerance;
  if (bound <= 0) return {};
  const GridValues grid = choose_grid(values, magnitude, tolerance);
  const SumDistribution sums(grid);
  const auto tail_from = [&](double sum) {
    return sums.tail(static_cast<std::int64_t>(std::ceil(sum / grid.step)));
  };
  // The pattern that reaches the bound, and its mirror image.
  const double fewest = std::ldexp(2, -static_cast<int>(values.size()));
  // Probabilities are sums of positive terms, fewer than 4 n roundings deep.
  const double rounding =
      4 * static_cast<double>(values.size()) * std::numeric_limits<double>::epsilon();
  BoundedProbability tail;
  tail.low = std::max(fewest, tail_from(bound + grid.error) * (1 - rounding));
  tail.high = std::clamp(tail_from(bound - grid.error) * (1 + rounding), tail.low, 1.0);
  tail.value = std::clamp(sums.tail(grid.observed), tail.low, tail.high);
  return tail;
}

}  // namespace regionwise::statistics

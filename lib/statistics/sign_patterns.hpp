#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace regionwise::statistics {

/// Random patterns of signs of n units, whose signed sums come thousands at a time.
///
/// In a block of 2^k patterns (k up to 7) every unit has a random word w of k bits and a random
/// sign, and pattern j flips it where parity(j & w) is odd, or even, by that sign: the block is a
/// random coset of a random subgroup of all 2^n patterns. The sums of a block are the
/// Walsh–Hadamard transform of a table to whose entry w each unit adds its value: n + k 2^k
/// additions where 2^k patterns drawn one by one take n 2^k. Blocks are independent; in a block any
/// three patterns are.
///
/// The observed pattern (no unit flipped) has a place among them that is drawn at random, and all
/// others are relative to it. That makes it exchangeable with them whatever they depend on each
/// other: P(p ≤ α) ≤ α holds exactly for p = (patterns at least as extreme, itself included) /
/// (draws + 1). As pairs of patterns are independent, p has the mean and the variance that it has
/// with draws independent altogether. Hemerik and Goeman 2018 (random transformations and
/// subgroups).
class SignPatterns {
 public:
  /// draws ≥ 1 patterns beside the observed one. A function of the seed, units and draws.
  SignPatterns(std::uint64_t seed, std::int64_t units, std::int64_t draws);

  /// How many patterns, the observed one included, have |Σ ± value| ≥ bound; values: one a unit.
  /// The same on any number of threads.
  std::int64_t count_at_least(std::span<const double> values, double bound, int threads) const;

 private:
  /// Bit 7 of a unit's word is its sign, the lowest k are w.
  std::vector<std::uint8_t> words_of(std::int64_t block) const;
  std::vector<double> flipped_by_observed(std::span<const double> values) const;
  std::int64_t count_in_block(std::int64_t block,
                              std::span<const double> relative,
                              double bound) const;

  std::uint64_t seed_;
  std::int64_t units_;
  std::int64_t patterns_;
  int bits_;  ///< k
  std::int64_t observed_;
};

}  // namespace regionwise::statistics

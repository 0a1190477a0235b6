#include "statistics/sign_patterns.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "core/multiversion.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"

namespace regionwise::statistics {
namespace {

// Where a few units outweigh all others, a word of theirs that happens to be 0 (or to repeat
// another) tells in its whole block; blocks of 128 keep that small beside the spread of 10,000
// draws. A word and its sign then fill a byte.
constexpr int kMostBits = 7;
constexpr int kLeastBits = 3;  // One vector.
constexpr std::uint8_t kSignBit = 0x80;
constexpr std::int64_t kWorthAThread = 200'000;  // Additions that take longer than its start.

constexpr std::int64_t kLanes = 8;
using Lanes [[gnu::vector_size(64), gnu::may_alias]] = double;

double with_sign(double value, std::uint8_t word) {
  const auto sign = static_cast<std::uint64_t>(word & kSignBit) << 56;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ sign);
}

/// In place: values[j] becomes Σ_w values[w] (−1)^parity(j & w). Size: 8 or more, a power of two.
/// Sums are made in one order, whatever the processor.
REGIONWISE_MULTIVERSION
void walsh_hadamard(double* values, std::int64_t size) {
  auto* lanes = reinterpret_cast<Lanes*>(values);
  const std::int64_t count = size / kLanes;
  for (std::int64_t i = 0; i < count; ++i) {
    // Within a vector: v + partner in the lower half of each pair, partner − v in the upper.
    Lanes v = lanes[i];
    v = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6) +
        v * Lanes{1, -1, 1, -1, 1, -1, 1, -1};
    v = __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5) +
        v * Lanes{1, 1, -1, -1, 1, 1, -1, -1};
    v = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3) +
        v * Lanes{1, 1, 1, 1, -1, -1, -1, -1};
    lanes[i] = v;
  }
  std::int64_t half = 1;
  if (std::countr_zero(static_cast<std::uint64_t>(count)) % 2 != 0) {
    for (std::int64_t i = 0; i < count; i += 2) {
      const Lanes a = lanes[i];
      const Lanes b = lanes[i + 1];
      lanes[i] = a + b;
      lanes[i + 1] = a - b;
    }
    half = 2;
  }
  for (; half < count; half *= 4) {  // Two steps at a time.
    for (std::int64_t first = 0; first < count; first += 4 * half) {
      for (std::int64_t i = first; i < first + half; ++i) {
        const Lanes a = lanes[i] + lanes[i + half];
        const Lanes b = lanes[i] - lanes[i + half];
        const Lanes c = lanes[i + 2 * half] + lanes[i + 3 * half];
        const Lanes d = lanes[i + 2 * half] - lanes[i + 3 * half];
        lanes[i] = a + c;
        lanes[i + half] = b + d;
        lanes[i + 2 * half] = a - c;
        lanes[i + 3 * half] = b - d;
      }
    }
  }
}

REGIONWISE_MULTIVERSION
std::int64_t count_extreme(const double* sums, std::int64_t count, double bound) {
  std::int64_t extreme = 0;
  for (std::int64_t i = 0; i < count; ++i) extreme += std::abs(sums[i]) >= bound ? 1 : 0;
  return extreme;
}

}  // namespace

SignPatterns::SignPatterns(std::uint64_t seed, std::int64_t units, std::int64_t draws)
    : seed_(seed), units_(units), patterns_(draws + 1) {
  assert(draws >= 1);
  bits_ = std::clamp(
      static_cast<int>(std::bit_width(static_cast<std::uint64_t>(draws))), kLeastBits, kMostBits);
  // The words of block i come from epoch 0, iteration i.
  observed_ = RandomStream(seed, {.purpose = Purpose::permutation, .epoch = 1}).integer(patterns_);
}

std::vector<std::uint8_t> SignPatterns::words_of(std::int64_t block) const {
  RandomStream random(
      seed_, {.purpose = Purpose::permutation, .iteration = static_cast<std::uint32_t>(block)});
  std::vector<std::uint32_t> bits(static_cast<std::size_t>((units_ + 3) / 4));
  random.fill(bits);
  static_assert(std::endian::native == std::endian::little, "the lowest byte is the first unit's");
  std::vector<std::uint8_t> words(static_cast<std::size_t>(units_));
  if (!words.empty()) std::memcpy(words.data(), bits.data(), words.size());
  return words;
}

std::vector<double> SignPatterns::flipped_by_observed(std::span<const double> values) const {
  const std::vector<std::uint8_t> words = words_of(observed_ >> bits_);
  const auto pattern = static_cast<std::uint64_t>(observed_) & ((1U << bits_) - 1);
  std::vector<double> relative(values.size());
  for (std::size_t unit = 0; unit < values.size(); ++unit) {
    const int odd = std::popcount(pattern & words[unit]) % 2;
    relative[unit] = with_sign(values[unit], static_cast<std::uint8_t>(words[unit] ^ (odd << 7)));
  }
  return relative;
}

std::int64_t SignPatterns::count_in_block(std::int64_t block,
                                          std::span<const double> relative,
                                          double bound) const {
  alignas(sizeof(Lanes)) std::array<double, 1U << kMostBits> sums;
  const std::int64_t size = std::int64_t{1} << bits_;
  std::fill_n(sums.begin(), size, 0.0);
  const std::vector<std::uint8_t> words = words_of(block);
  const unsigned mask = (1U << bits_) - 1;
  for (std::size_t unit = 0; unit < words.size(); ++unit) {
    sums[words[unit] & mask] += with_sign(relative[unit], words[unit]);
  }
  walsh_hadamard(sums.data(), size);
  return count_extreme(sums.data(), std::min(size, patterns_ - block * size), bound);
}

std::int64_t SignPatterns::count_at_least(std::span<const double> values,
                                          double bound,
                                          int threads) const {
  assert(std::ssize(values) == units_);
  const std::vector<double> relative = flipped_by_observed(values);
  const std::int64_t size = std::int64_t{1} << bits_;
  const std::int64_t blocks = (patterns_ + size - 1) / size;
  const std::int64_t worth = std::max<std::int64_t>(1, blocks * (units_ + size) / kWorthAThread);
  std::atomic<std::int64_t> count{0};
  parallel_for(blocks,
               static_cast<int>(std::min<std::int64_t>(threads, worth)),
               [&](std::int64_t block) { count += count_in_block(block, relative, bound); });
  return count;
}

}  // namespace regionwise::statistics

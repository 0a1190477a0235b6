#include "core/random.hpp"

#include <Random123/philox.h>

#include <cassert>
#include <cmath>
#include <numbers>

#include "core/multiversion.hpp"

namespace regionwise {
namespace {

constexpr std::size_t kLanes = 16;  // Philox blocks side by side.
using Blocks = std::array<std::array<std::uint32_t, kLanes>, 4>;

/// Philox4x32-10 of kLanes counters that differ in their first word, counter[0] + lane; the
/// constants are those of Random123.
REGIONWISE_MULTIVERSION
void philox_lanes(const std::uint32_t* key, const std::uint32_t* counter, Blocks& blocks) {
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    blocks[0][lane] = counter[0] + lane;
    for (std::size_t word = 1; word < 4; ++word) blocks[word][lane] = counter[word];
  }
  std::uint32_t key0 = key[0];
  std::uint32_t key1 = key[1];
  for (int round = 0; round < PHILOX4x32_DEFAULT_ROUNDS; ++round) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::uint64_t a = std::uint64_t{PHILOX_M4x32_0} * blocks[0][lane];
      const std::uint64_t b = std::uint64_t{PHILOX_M4x32_1} * blocks[2][lane];
      blocks[0][lane] = static_cast<std::uint32_t>(b >> 32) ^ blocks[1][lane] ^ key0;
      blocks[1][lane] = static_cast<std::uint32_t>(b);
      blocks[2][lane] = static_cast<std::uint32_t>(a >> 32) ^ blocks[3][lane] ^ key1;
      blocks[3][lane] = static_cast<std::uint32_t>(a);
    }
    key0 += PHILOX_W32_0;
    key1 += PHILOX_W32_1;
  }
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, DrawPosition position)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0,
               position.sample,
               position.iteration,
               (position.epoch << 8) | static_cast<std::uint32_t>(position.purpose)} {
  assert(position.epoch < (1U << 24));
}

std::uint32_t RandomStream::bits() {
  if (used_ == 4) {
    const r123::Philox4x32::ctr_type counter{{counter_[0], counter_[1], counter_[2], counter_[3]}};
    const r123::Philox4x32::key_type key{{key_[0], key_[1]}};
    const auto block = r123::Philox4x32{}(counter, key);
    for (unsigned i = 0; i < 4; ++i) block_[i] = block[i];
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

void RandomStream::fill(std::span<std::uint32_t> out) {
  std::size_t done = 0;
  while (used_ < 4 && done < out.size()) out[done++] = bits();
  Blocks blocks;
  for (; out.size() - done >= 4 * kLanes; done += 4 * kLanes) {
    philox_lanes(key_.data(), counter_.data(), blocks);
    counter_[0] += kLanes;
    for (std::size_t i = 0; i < 4 * kLanes; ++i) out[done + i] = blocks[i % 4][i / 4];
  }
  while (done < out.size()) out[done++] = bits();
}

double RandomStream::uniform() {
  const std::uint64_t high = bits();
  const std::uint64_t low = bits();
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
}

double RandomStream::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

std::int64_t RandomStream::integer(std::int64_t n) {
  assert(n >= 1);
  // Rejection keeps every value equally likely.
  const auto range = static_cast<std::uint64_t>(n);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % range;
  while (true) {
    const std::uint64_t high = bits();
    const std::uint64_t draw = (high << 32) | bits();
    if (draw < limit) return static_cast<std::int64_t>(draw % range);
  }
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace regionwise

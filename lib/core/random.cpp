#include "core/random.hpp"

#include <Random123/philox.h>

#include <cassert>
#include <cmath>
#include <numbers>

#include "core/simd.hpp"

namespace regionwise {
namespace {

using Word = std::uint32_t;

/// As many blocks of four words as are drawn together.
constexpr std::size_t kBlocks = 16;

/// One block in each lane.
struct Lanes {
  Word words[4][kBlocks];
};

/// Philox's round: two products of 32 bits each, whose halves go to other words.
REGIONWISE_INLINE void philox_round(Lanes& lanes, Word key0, Word key1) {
  auto& [a, b, c, d] = lanes.words;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const std::uint64_t product0 = std::uint64_t{PHILOX_M4x32_0} * a[i];
    const std::uint64_t product1 = std::uint64_t{PHILOX_M4x32_1} * c[i];
    a[i] = static_cast<Word>(product1 >> 32) ^ b[i] ^ key0;
    c[i] = static_cast<Word>(product0 >> 32) ^ d[i] ^ key1;
    b[i] = static_cast<Word>(product1);
    d[i] = static_cast<Word>(product0);
  }
}

/// Philox4x32-10 of kBlocks counters from `counter` on, which differ in their first word.
REGIONWISE_SIMD void draw_blocks(const Word* counter, const Word* key, Word* out) {
  Lanes lanes;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    lanes.words[0][i] = counter[0] + static_cast<Word>(i);
    for (std::size_t word = 1; word < 4; ++word) lanes.words[word][i] = counter[word];
  }
  for (Word round = 0; round < 10; ++round) {
    philox_round(lanes, key[0] + round * PHILOX_W32_0, key[1] + round * PHILOX_W32_1);
  }
  for (std::size_t i = 0; i < kBlocks; ++i) {
    for (std::size_t word = 0; word < 4; ++word) out[4 * i + word] = lanes.words[word][i];
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

void RandomStream::bits(std::span<std::uint32_t> out) {
  constexpr std::size_t kWords = 4 * kBlocks;
  std::size_t i = 0;
  while (i < out.size() && used_ < 4) out[i++] = bits();
  for (; i + kWords <= out.size(); i += kWords) {
    draw_blocks(counter_.data(), key_.data(), out.data() + i);
    counter_[0] += static_cast<Word>(kBlocks);
  }
  while (i < out.size()) out[i++] = bits();
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

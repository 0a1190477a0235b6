#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace regionwise {

/// What a random draw is for. Draws for different purposes are independent even where all other
/// coordinates agree. New purposes are added at the end: the numbers are part of every result.
enum class Purpose : std::uint32_t {
  weights = 0,
  sampling = 1,
  mirroring = 2,
  permutation = 3,
  bootstrap = 4,
  phantom_anatomy = 5,
  phantom_texture = 6,
  phantom_noise = 7,
  split = 8,
  test = 9,
  augment_spatial = 10,
  augment_noise = 11,
  augment_blur = 12,
  augment_brightness = 13,
  augment_contrast = 14,
  augment_low_resolution = 15,
  augment_gamma_inverted = 16,
  augment_gamma = 17,
};

/// Where in a computation a draw is made.
struct DrawPosition {
  Purpose purpose = Purpose::test;
  std::uint32_t epoch = 0;      ///< < 2^24
  std::uint32_t iteration = 0;  ///< any
  std::uint32_t sample = 0;     ///< any
};

/// Counter-based random numbers (Philox4x32-10, Salmon et al. 2011): every draw is a function of
/// (seed, position, index of the draw), so results depend on neither order nor thread count.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, DrawPosition position);

  std::uint32_t bits();                     ///< 32 uniform bits.
  void bits(std::span<std::uint32_t> out);  ///< What as many calls of bits() return.
  double uniform();                         ///< In [0,1), 53 bits.
  double uniform(double low, double high);  ///< In [low, high).
  std::int64_t integer(std::int64_t n);     ///< In [0, n), unbiased; n ≥ 1.
  double normal();                          ///< Mean 0, sd 1 (Box–Muller).
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace regionwise

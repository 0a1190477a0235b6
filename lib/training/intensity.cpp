#include "training/intensity.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>

#include "core/simd.hpp"
#include "core/vector_math.hpp"

namespace regionwise::training {
namespace {

/// Sums of sixteen values each, in float64, of the differences from `origin`.
struct Sums {
  static constexpr std::size_t kLanes = 16;
  std::array<double, kLanes> differences{};
  std::array<double, kLanes> squares{};
  std::array<float, kLanes> low;
  std::array<float, kLanes> high;
};

/// Adds the values, a multiple of kLanes.
REGIONWISE_MULTIVERSION void add_up(const float* values, std::size_t count, Sums& sums) {
  using Float8 = Simd<float, 8>::Type;
  using Double8 = Simd<double, 8>::Type;
  Double8 differences[2];
  Double8 squares[2];
  Float8 low[2];
  Float8 high[2];
  const Double8 origin = static_cast<double>(sums.low[0]) - Double8{};
  for (std::size_t half = 0; half < 2; ++half) {
    load(&sums.differences[8 * half], differences[half]);
    load(&sums.squares[8 * half], squares[half]);
    load(&sums.low[8 * half], low[half]);
    load(&sums.high[8 * half], high[half]);
  }
  for (std::size_t i = 0; i < count; i += Sums::kLanes) {
    for (std::size_t half = 0; half < 2; ++half) {
      Float8 value;
      load(values + i + 8 * half, value);
      low[half] = value < low[half] ? value : low[half];
      high[half] = value > high[half] ? value : high[half];
      const Double8 difference = __builtin_convertvector(value, Double8) - origin;
      differences[half] += difference;
      squares[half] += difference * difference;
    }
  }
  for (std::size_t half = 0; half < 2; ++half) {
    store(differences[half], &sums.differences[8 * half]);
    store(squares[half], &sums.squares[8 * half]);
    store(low[half], &sums.low[8 * half]);
    store(high[half], &sums.high[8 * half]);
  }
}

REGIONWISE_MULTIVERSION void raise_all(
    float* values, std::size_t count, float sign, float low, float range, float exponent) {
  const float scale = 1 / range;
  for (std::size_t i = 0; i < count; ++i) {
    const float x = (sign * values[i] - low) * scale;
    values[i] = vector_math::power(x, exponent) * range + low;
  }
}

REGIONWISE_MULTIVERSION void shift_and_scale_all(float* values,
                                                 std::size_t count,
                                                 float shift,
                                                 float factor) {
  for (std::size_t i = 0; i < count; ++i) values[i] = (values[i] + shift) * factor;
}

REGIONWISE_MULTIVERSION void spread_all(
    float* values, std::size_t count, float mean, float factor, float low, float high) {
  for (std::size_t i = 0; i < count; ++i) {
    float value = (values[i] - mean) * factor + mean;
    value = value < low ? low : value;
    values[i] = value > high ? high : value;
  }
}

/// From pairs of bits to pairs of normal numbers.
REGIONWISE_MULTIVERSION void add_pairs(float* values,
                                       const std::uint32_t* bits,
                                       std::size_t pairs,
                                       float sd) {
  for (std::size_t i = 0; i < pairs; ++i) {
    // Convertible as a signed number: float32 has less than 31 bits anyway.
    const float uniform =
        (static_cast<float>(static_cast<std::int32_t>(bits[2 * i] >> 1)) + 1) * 0x1p-31F;
    constexpr float kMinusTwoLogE2 = -1.38629436111989061883F;
    const float radius = sd * __builtin_sqrtf(kMinusTwoLogE2 * vector_math::log2(uniform));
    const vector_math::SineCosine at = vector_math::sine_cosine(bits[2 * i + 1]);
    values[2 * i] += radius * at.cosine;
    values[2 * i + 1] += radius * at.sine;
  }
}

}  // namespace

ChannelStatistics channel_statistics(std::span<const float> values) {
  assert(!values.empty());
  Sums sums;
  sums.low.fill(values[0]);
  sums.high.fill(values[0]);
  const std::size_t whole = values.size() / Sums::kLanes * Sums::kLanes;
  add_up(values.data(), whole, sums);
  const auto origin = static_cast<double>(values[0]);
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double difference = static_cast<double>(values[i]) - origin;
    sums.differences[i - whole] += difference;
    sums.squares[i - whole] += difference * difference;
    sums.low[i - whole] = std::min(sums.low[i - whole], values[i]);
    sums.high[i - whole] = std::max(sums.high[i - whole], values[i]);
  }
  double difference = 0;
  double square = 0;
  for (std::size_t lane = 0; lane < Sums::kLanes; ++lane) {
    difference += sums.differences[lane];
    square += sums.squares[lane];
  }
  const auto count = static_cast<double>(values.size());
  const double shift = difference / count;
  return {origin + shift,
          std::sqrt(std::max(square / count - shift * shift, 0.0)),
          {*std::ranges::min_element(sums.low), *std::ranges::max_element(sums.high)}};
}

void spread(std::span<float> values, float mean, float factor, geometry::ValueRange<float> range) {
  spread_all(values.data(), values.size(), mean, factor, range.low, range.high);
}

void raise(std::span<float> values, float sign, float low, float range, float exponent) {
  raise_all(values.data(), values.size(), sign, low, range, exponent);
}

void shift_and_scale(std::span<float> values, float shift, float factor) {
  shift_and_scale_all(values.data(), values.size(), shift, factor);
}

void add_normal(std::span<float> values, float sd, RandomStream& random) {
  std::array<std::uint32_t, 1024> bits;
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), bits.size());
    random.fill(std::span(bits).first((count + 1) / 2 * 2));
    add_pairs(values.data(), bits.data(), count / 2, sd);
    if (count % 2 != 0) {  // The last one's neighbour is drawn but not there.
      std::array<float, 2> pair{values[count - 1], 0};
      add_pairs(pair.data(), &bits[count - 1], 1, sd);
      values[count - 1] = pair[0];
    }
    values = values.subspan(count);
  }
}

}  // namespace regionwise::training

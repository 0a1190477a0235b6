#pragma once

#include <bit>
#include <cstdint>

#include "core/simd.hpp"

/// Float32 functions without branches or calls, so that loops over them become vector
/// instructions; polynomials of Moshier's Cephes. They yield the same bytes on every machine, which
/// the C library's need not.
namespace regionwise::vector_math {

/// log2 of a normal number > 0, within 1e-7 of it or of 1.
REGIONWISE_INLINE float log2(float x) {
  // x = 2^exponent (1 + f), 1 + f in [sqrt(1/2), sqrt(2))
  constexpr std::int32_t kSqrtHalf = 0x3F3504F3;
  const auto bits = std::bit_cast<std::int32_t>(x) - kSqrtHalf;
  const std::int32_t exponent = bits >> 23;
  const float f = std::bit_cast<float>((bits & 0x007FFFFF) + kSqrtHalf) - 1;
  float p = 7.0376836292e-2F;
  p = p * f - 1.1514610310e-1F;
  p = p * f + 1.1676998740e-1F;
  p = p * f - 1.2420140846e-1F;
  p = p * f + 1.4249322787e-1F;
  p = p * f - 1.6668057665e-1F;
  p = p * f + 2.0000714765e-1F;
  p = p * f - 2.4999993993e-1F;
  p = p * f + 3.3333331174e-1F;
  const float square = f * f;
  const float tail = p * f * square - 0.5F * square;  // log(1 + f) = f + tail
  constexpr float kLog2eMinusOne = 0.44269504088896340736F;
  return (tail * kLog2eMinusOne + f * kLog2eMinusOne + tail + f) + static_cast<float>(exponent);
}

/// 2^x to 2e-7 of it; x below -126 counts as -126, above 127 as 127.
REGIONWISE_INLINE float exp2(float x) {
  x = x < -126.0F ? -126.0F : x;
  x = x > 127.0F ? 127.0F : x;
  const auto whole = static_cast<std::int32_t>(x + 128.5F) - 128;  // rounds, as x + 128.5 > 0
  const float f = x - static_cast<float>(whole);
  float p = 1.535336188319500e-4F;
  p = p * f + 1.339887440266574e-3F;
  p = p * f + 9.618437357674640e-3F;
  p = p * f + 5.550332471162809e-2F;
  p = p * f + 2.402264791363012e-1F;
  p = p * f + 6.931472028550421e-1F;
  p = p * f + 1.0F;
  return p * std::bit_cast<float>((whole + 127) << 23);
}

/// x^exponent for x >= 0 and exponent > 0; x below the normal numbers counts as 0.
REGIONWISE_INLINE float power(float x, float exponent) {
  constexpr float kLeastNormal = 0x1p-126F;
  const float normal = x < kLeastNormal ? kLeastNormal : x;
  const float value = exp2(exponent * log2(normal));
  return x < kLeastNormal ? 0.0F : value;
}

struct SineCosine {
  float sine;
  float cosine;
};

/// Of the angle turns · 2π / 2^32.
REGIONWISE_INLINE SineCosine sine_cosine(std::uint32_t turns) {
  const std::uint32_t quadrant = (turns + (1U << 29)) >> 30;  // 0 … 3, and 0 again as 4 wraps
  const auto rest = static_cast<std::int32_t>(turns - (quadrant << 30));
  const float a = static_cast<float>(rest) * 1.4629180792671596e-9F;  // in [-π/4, π/4]
  const float square = a * a;
  float s = -1.9515295891e-4F;
  s = s * square + 8.3321608736e-3F;
  s = s * square - 1.6666654611e-1F;
  s = s * square * a + a;
  float c = 2.443315711809948e-5F;
  c = c * square - 1.388731625493765e-3F;
  c = c * square + 4.166664568298827e-2F;
  c = c * square * square - 0.5F * square + 1;
  const bool swapped = (quadrant & 1U) != 0;
  const float sine = swapped ? c : s;
  const float cosine = swapped ? s : c;
  const std::uint32_t sine_sign = (quadrant & 2U) << 30;
  const std::uint32_t cosine_sign = ((quadrant + 1) & 2U) << 30;
  return {std::bit_cast<float>(std::bit_cast<std::uint32_t>(sine) ^ sine_sign),
          std::bit_cast<float>(std::bit_cast<std::uint32_t>(cosine) ^ cosine_sign)};
}

}  // namespace regionwise::vector_math

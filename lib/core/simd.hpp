#pragma once

#include <cstring>

/// In front of a function's definition: compiles it once for each instruction set; the program
/// takes the best that the processor has when it starts. The bytes of a result do not depend on
/// which: products and sums are not contracted (-ffp-contract=off, cmake/layers.cmake), and sums
/// are taken in the order that the code says. What it calls must be inlined to gain anything.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define REGIONWISE_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define REGIONWISE_SIMD
#endif
#define REGIONWISE_INLINE inline __attribute__((always_inline))

namespace regionwise {

/// Numbers that are calculated with together; operators act on each.
template <class T, int count>
struct Simd {
  using Type __attribute__((vector_size(count * sizeof(T)))) = T;
};
using Float4 = Simd<float, 4>::Type;
using Float16 = Simd<float, 16>::Type;
using Double4 = Simd<double, 4>::Type;

/// Memory need not be aligned.
template <class Vector, class T>
REGIONWISE_INLINE void load(const T* from, Vector& to) {
  std::memcpy(&to, from, sizeof(Vector));
}
template <class Vector, class T>
REGIONWISE_INLINE void store(const Vector& from, T* to) {
  std::memcpy(to, &from, sizeof(Vector));
}

/// Turns four vectors of four, the rows of a matrix, into its columns.
template <class Vector>
REGIONWISE_INLINE void transpose4(Vector& a, Vector& b, Vector& c, Vector& d) {
  const Vector ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Vector cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

}  // namespace regionwise

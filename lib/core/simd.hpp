#pragma once

#include <cstring>

#include "core/multiversion.hpp"

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

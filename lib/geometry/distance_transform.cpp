#include "geometry/distance_transform.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <type_traits>

namespace regionwise::geometry {
namespace {

std::int64_t floor_divide(std::int64_t numerator, std::int64_t positive_divisor) {
  if (positive_divisor == 2)
    return numerator >> 1;  // Neighbours, the usual case, need no division.
  const std::int64_t quotient = numerator / positive_divisor;
  return numerator % positive_divisor < 0 ? quotient - 1 : quotient;
}

/// Turns values along one line into squared distances: out[x] = min over i of f[i] + step2 (x-i)².
/// One line after the other; keeps its memory between them.
template <class T>
class LowerEnvelope {
 public:
  LowerEnvelope(std::int64_t length, T step2)
      : length_(length), step2_(step2), parabolas_(static_cast<std::size_t>(length)) {}

  /// In place; the line's elements are `stride` apart.
  void transform(T* line, std::int64_t stride) {
    build(line, stride);
    // A line without a site stays without one: no_site() is never calculated with.
    if (count_ == 0) return;
    std::int64_t current = 0;
    for (std::int64_t x = 0; x < length_; ++x) {
      while (current + 1 < count_ && parabola(current + 1).from <= x) ++current;
      line[x * stride] = value(parabola(current), x);
    }
  }

 private:
  /// A parabola of the envelope, the lowest from position `from` up to the next one's.
  struct Parabola {
    std::int64_t centre;
    std::int64_t from;
    T height;
  };

  Parabola& parabola(std::int64_t index) { return parabolas_[static_cast<std::size_t>(index)]; }

  void build(const T* line, std::int64_t stride) {
    count_ = 0;
    for (std::int64_t x = 0; x < length_; ++x) {
      const T height = line[x * stride];
      if (height != no_site<T>()) add({x, 0, height});
    }
  }

  T value(const Parabola& parabola, std::int64_t x) const {
    const T offset = static_cast<T>(x - parabola.centre);
    return parabola.height + step2_ * offset * offset;
  }

  void add(Parabola next) {
    const auto hidden = [&](const Parabola& last) {
      return value(last, last.from) > value(next, last.from);
    };
    while (count_ > 0 && hidden(parabola(count_ - 1))) --count_;
    if (count_ > 0) next.from = last_below(parabola(count_ - 1), next) + 1;
    if (next.from < length_) parabola(count_++) = next;
  }

  /// The last position at which `left` is not above `right`.
  std::int64_t last_below(const Parabola& left, const Parabola& right) const {
    const std::int64_t gap = right.centre - left.centre;
    const std::int64_t sum = right.centre + left.centre;
    if constexpr (std::is_integral_v<T>) {
      return floor_divide(sum * gap + right.height - left.height, 2 * gap);
    } else {
      const double gap_mm2 = step2_ * static_cast<double>(gap);
      const double position =
          0.5 * (static_cast<double>(sum) + (right.height - left.height) / gap_mm2);
      return static_cast<std::int64_t>(
          std::floor(std::clamp(position, -1.0, static_cast<double>(length_))));
    }
  }

  std::int64_t length_;
  T step2_;
  std::vector<Parabola> parabolas_;
  std::int64_t count_ = 0;
};

/// Squared distances along the first axis of [length, inner]: steps counted up and down the lines,
/// all of a row at a time.
template <class T>
void scan(
    const std::uint8_t* mask, std::int64_t length, std::int64_t inner, T step2, std::span<T> out) {
  // Larger than any count of steps, and far enough from overflow to be counted on.
  constexpr std::int32_t kUnreached = 1 << 30;
  std::vector<std::int32_t> steps(out.size());
  const auto row = [&](std::int64_t index) { return steps.data() + index * inner; };
  for (std::int64_t r = 0; r < length; ++r) {
    const std::uint8_t* sites = mask + r * inner;
    for (std::int64_t i = 0; i < inner; ++i) {
      const std::int32_t before = r > 0 ? row(r - 1)[i] : kUnreached;
      row(r)[i] = sites[i] != 0 ? 0 : before + 1;
    }
  }
  for (std::int64_t r = length - 2; r >= 0; --r) {
    for (std::int64_t i = 0; i < inner; ++i) row(r)[i] = std::min(row(r)[i], row(r + 1)[i] + 1);
  }
  std::transform(steps.begin(), steps.end(), out.begin(), [step2](std::int32_t count) {
    const T offset = static_cast<T>(count);
    return count >= kUnreached ? no_site<T>() : step2 * offset * offset;
  });
}

/// step2: squared distance between neighbours along z, y, x.
template <class T>
void transform(VolumeView<std::uint8_t> mask, const std::array<T, 3>& step2, std::span<T> out) {
  const auto [depth, height, width] = mask.shape;
  assert(mask.values.size() == out.size() && mask.shape.size() == std::ssize(out));
  if (depth == 1) {
    scan(mask.values.data(), height, width, step2[1], out);
  } else {
    scan(mask.values.data(), depth, height * width, step2[0], out);
    LowerEnvelope<T> columns(height, step2[1]);
    for (std::int64_t z = 0; z < depth; ++z) {
      T* slice = out.data() + z * height * width;
      for (std::int64_t x = 0; x < width; ++x) columns.transform(slice + x, width);
    }
  }
  LowerEnvelope<T> rows(width, step2[2]);
  for (std::int64_t row = 0; row < depth * height; ++row)
    rows.transform(out.data() + row * width, 1);
}

}  // namespace

void squared_distances(VolumeView<std::uint8_t> mask, std::span<std::int64_t> out) {
  transform<std::int64_t>(mask, {1, 1, 1}, out);
}

void squared_distances_mm(VolumeView<std::uint8_t> mask,
                          const Spacing3& spacing_mm,
                          std::span<double> out) {
  const auto [z, y, x] = spacing_mm;
  transform<double>(mask, {z * z, y * y, x * x}, out);
}

std::vector<std::int64_t> squared_distances(VolumeView<std::uint8_t> mask) {
  std::vector<std::int64_t> squared(mask.values.size());
  squared_distances(mask, squared);
  return squared;
}

std::vector<double> squared_distances_mm(VolumeView<std::uint8_t> mask,
                                         const Spacing3& spacing_mm) {
  std::vector<double> squared(mask.values.size());
  squared_distances_mm(mask, spacing_mm, squared);
  return squared;
}

}  // namespace regionwise::geometry

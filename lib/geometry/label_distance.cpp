#include "geometry/label_distance.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "core/multiversion.hpp"
#include "geometry/distance_transform.hpp"

// How it works. Along the first axis (z of a volume, y of an image) steps to the nearest site are
// counted, for a whole row at once. Along each other axis the squared distance is the lower
// envelope of the parabolas that stand on the line's pixels, each as high as what was measured
// before (Felzenszwalb and Huttenlocher 2012). Where sites are "pixels of another label", all
// labels share one envelope: a pixel of another label is a site itself, so that its parabola lies
// nowhere below the distance to it, and the ends of the pixel's run give the distance to the
// nearest of these.

namespace regionwise::geometry {
namespace {

/// Sides up to this fit the counts, and three of them squared an std::int32_t.
constexpr std::int64_t kLongestSide = 16383;

/// Sides of images whose rows are searched; two of them squared are less than kFarSquare, and that
/// and one more less than the largest std::int16_t.
constexpr std::int64_t kSmallSide = 96;
constexpr std::int16_t kFarSquare = 20000;
constexpr std::int64_t kSmallLanes = 32;
/// Elements beside a row of heights: as far as the search looks, rounded up.
constexpr std::int64_t kSmallPadding = 128;
/// Elements of a row's results: the longest row and lanes beyond its end.
constexpr std::int64_t kSmallRow = kSmallSide + 2 * kSmallLanes;

/// Columns of a volume that are measured together, and the most elements that a line's result may
/// be written beyond its end.
constexpr std::int64_t kLanes = 16;

template <class Steps>
constexpr Steps unreached() {
  return std::is_same_v<Steps, std::int16_t> ? 16384 : 1 << 30;
}

/// How many of the labels from `begin` on, `end` at most, are equal.
REGIONWISE_INLINE const Label* end_of_run(const Label* begin, const Label* end) {
  const Label* x = begin + 1;
  const std::uint64_t equal = 0x0101010101010101u * static_cast<std::uint8_t>(*begin);
  for (; end - x >= 8; x += 8) {
    std::uint64_t word;
    std::memcpy(&word, x, sizeof word);
    if (word == equal) continue;
    word ^= equal;
    const int bits = std::endian::native == std::endian::little ? std::countr_zero(word)
                                                                : std::countl_zero(word);
    return x + bits / 8;
  }
  while (x < end && *x == *begin) ++x;
  return x;
}

std::vector<double> inverses(std::int64_t length, double step2) {
  std::vector<double> inverses(static_cast<std::size_t>(length));
  for (std::int64_t gap = 1; gap < length; ++gap) {
    inverses[gap] = 0.5 / (static_cast<double>(gap) * step2);
  }
  return inverses;
}

}  // namespace

/// What is compiled for several processors.
template <class T>
struct LabelDistance<T>::Kernels {
  typedef T Lanes __attribute__((vector_size(kLanes * sizeof(T))));

  /// What the lower envelope must know of an axis.
  struct Axis {
    double step2;
    double last;            ///< The last pixel.
    const double* inverse;  ///< See inverse_y_.
  };

  /// Steps along the first axis of [length, inner] to the nearest pixel that has another label.
  REGIONWISE_MULTIVERSION static void count_to_another(const Label* labels,
                                                       std::int64_t length,
                                                       std::int64_t inner,
                                                       Steps* steps) {
    std::fill(steps, steps + inner, unreached<Steps>());
    for (std::int64_t r = 1; r < length; ++r) {
      const Label* row = labels + r * inner;
      Steps* here = steps + r * inner;
      for (std::int64_t i = 0; i < inner; ++i) {
        const Steps further = static_cast<Steps>(here[i - inner] + 1);
        here[i] = row[i] == row[i - inner] ? std::min(further, unreached<Steps>()) : Steps{1};
      }
    }
    for (std::int64_t r = length - 2; r >= 0; --r) {
      const Label* row = labels + r * inner;
      Steps* here = steps + r * inner;
      for (std::int64_t i = 0; i < inner; ++i) {
        const Steps further = static_cast<Steps>(here[i + inner] + 1);
        here[i] = std::min(here[i], row[i] == row[i + inner] ? further : Steps{1});
      }
    }
  }

  /// The same to the nearest pixel of `label`.
  REGIONWISE_MULTIVERSION static void count_to(
      const Label* labels, Label label, std::int64_t length, std::int64_t inner, Steps* steps) {
    for (std::int64_t i = 0; i < inner; ++i) {
      steps[i] = labels[i] == label ? Steps{0} : unreached<Steps>();
    }
    for (std::int64_t r = 1; r < length; ++r) {
      const Label* row = labels + r * inner;
      Steps* here = steps + r * inner;
      for (std::int64_t i = 0; i < inner; ++i) {
        const Steps further = static_cast<Steps>(here[i - inner] + 1);
        here[i] = row[i] == label ? Steps{0} : std::min(further, unreached<Steps>());
      }
    }
    for (std::int64_t r = length - 2; r >= 0; --r) {
      Steps* here = steps + r * inner;
      for (std::int64_t i = 0; i < inner; ++i) {
        here[i] = std::min(here[i], static_cast<Steps>(here[i + inner] + 1));
      }
    }
  }

  /// Counts of steps to heights.
  REGIONWISE_INLINE static void square(const Steps* steps, std::int64_t n, T step2, T* heights) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T offset = static_cast<T>(steps[i]);
      heights[i] = steps[i] >= unreached<Steps>() ? no_site<T>() : step2 * offset * offset;
    }
  }

  /// Adds the parabola on pixel x of a line to those that are the lowest somewhere on the line,
  /// left to right; returns their number. Where two meet may be rounded only if nothing depends on
  /// it: distances are exact.
  REGIONWISE_INLINE static int add(
      std::int32_t x, T height, const Axis& axis, Parabola* envelope, int count) {
    const double position = x;
    const double lifted = static_cast<double>(height) + axis.step2 * position * position;
    double from = 0;
    for (; count > 0; --count) {
      const Parabola& top = envelope[count - 1];
      from = (lifted - top.lifted) * axis.inverse[x - top.centre];
      if (from > top.from) break;
      from = 0;
    }
    if (from > axis.last) return count;
    envelope[count] = {lifted, from, height, x};
    return count + 1;
  }

  /// The lower envelope along a line, into `out`, which must have room for kLanes more.
  REGIONWISE_INLINE static void evaluate(const Parabola* envelope,
                                         int count,
                                         const Axis& axis,
                                         T* out) {
    const auto n = static_cast<std::int32_t>(axis.last) + 1;
    if (count == 0) std::fill(out, out + n, no_site<T>());
    const T step2 = static_cast<T>(axis.step2);
    std::int32_t begin = 0;
    for (int k = 0; k < count; ++k) {
      const T height = envelope[k].height;
      const std::int32_t centre = envelope[k].centre;
      const std::int32_t end =
          k + 1 < count ? static_cast<std::int32_t>(envelope[k + 1].from) + 1 : n;
      for (std::int32_t x = begin; x < end; x += kLanes) {
        Lanes offset;
        for (int lane = 0; lane < kLanes; ++lane) offset[lane] = static_cast<T>(lane);
        offset += static_cast<T>(x - centre);
        offset = height + step2 * offset * offset;
        std::memcpy(out + x, &offset, sizeof offset);
      }
      begin = end;
    }
  }

  REGIONWISE_INLINE static void envelop(const T* heights,
                                        const Axis& axis,
                                        Parabola* envelope,
                                        T* out) {
    int count = 0;
    const auto n = static_cast<std::int32_t>(axis.last) + 1;
    for (std::int32_t x = 0; x < n; ++x) {
      if (heights[x] != no_site<T>()) count = add(x, heights[x], axis, envelope, count);
    }
    evaluate(envelope, count, axis, out);
  }

  /// Lowers the distances of a run's pixels to those to the pixels beside the run, where the line
  /// has any; returns the largest.
  REGIONWISE_INLINE static T bound_run(
      T* line, std::int32_t begin, std::int32_t end, std::int32_t n, T step2) {
    T largest = 0;
    if (begin == 0 && end == n) {
      for (std::int32_t x = 0; x < n; ++x) largest = std::max(largest, line[x]);
      return largest;
    }
    const std::int32_t before = begin > 0 ? begin - 1 : -n - 1;
    const std::int32_t after = end < n ? end : 2 * n + 1;
    for (std::int32_t x = begin; x < end; ++x) {
      const T offset = static_cast<T>(std::min(x - before, after - x));
      line[x] = std::min(line[x], step2 * offset * offset);
      largest = std::max(largest, line[x]);
    }
    return largest;
  }

  /// The second axis of slice z: from counts along z to squared distances in the slice's columns
  /// and rows of z, into slice_. Columns are taken kLanes at a time.
  template <bool kToAnother>
  REGIONWISE_INLINE static void columns(LabelDistance& self, std::int64_t z) {
    const std::int64_t width = self.shape_.width;
    const auto height = static_cast<std::int32_t>(self.shape_.height);
    const Axis axis{static_cast<double>(self.step2_[1]), height - 1.0, self.inverse_y_.data()};
    const std::int64_t pitch = height + kLanes;
    const std::int64_t start = z * self.shape_.slice_size();
    for (std::int64_t first = 0; first < width; first += kLanes) {
      const std::int64_t lanes = std::min(kLanes, width - first);
      for (std::int64_t y = 0; y < height; ++y) {
        std::array<T, kLanes> heights;
        square(
            self.steps_.data() + start + y * width + first, lanes, self.step2_[0], heights.data());
        for (std::int64_t i = 0; i < lanes; ++i) self.columns_[i * pitch + y] = heights[i];
      }
      for (std::int64_t i = 0; i < lanes; ++i) {
        T* column = self.columns_.data() + i * pitch;
        envelop(column, axis, self.envelope_.data(), column);
        if (!kToAnother) continue;
        Label* labels = self.column_labels_.data();
        for (std::int64_t y = 0; y < height; ++y) {
          labels[y] = self.labels_[start + y * width + first + i];
        }
        for (std::int32_t y = 0; y < height;) {
          const auto end =
              static_cast<std::int32_t>(end_of_run(labels + y, labels + height) - labels);
          bound_run(column, y, end, height, self.step2_[1]);
          y = end;
        }
      }
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t i = 0; i < lanes; ++i) {
          self.slice_[y * width + first + i] = self.columns_[i * pitch + y];
        }
      }
    }
  }

  /// What the last axis of a row starts from: slice_ in a volume, the counts in an image.
  REGIONWISE_INLINE static const T* row_heights(LabelDistance& self, std::int64_t y) {
    const std::int64_t width = self.shape_.width;
    if (self.shape_.depth > 1) return self.slice_.data() + y * width;
    square(self.steps_.data() + y * width, width, self.step2_[1], self.row_.data());
    return self.row_.data();
  }

  static Axis row_axis(const LabelDistance& self) {
    return {static_cast<double>(self.step2_[2]),
            static_cast<double>(self.shape_.width - 1),
            self.inverse_x_.data()};
  }

  /// The last axis of a row, from parabolas on `sites`; leaves the envelope and returns its length.
  REGIONWISE_INLINE static int envelop_row(LabelDistance& self,
                                           std::int64_t row,
                                           const Axis& axis,
                                           std::span<const std::int32_t> sites) {
    const auto width = static_cast<std::int32_t>(self.shape_.width);
    const T* heights = row_heights(self, row % self.shape_.height);
    T* out = self.squared_.data() + row * width;
    int count = 0;
    for (const std::int32_t x : sites) {
      count = add(x, heights[x], axis, self.envelope_.data(), count);
    }
    evaluate(self.envelope_.data(), count, axis, out);
    for (const LabelRun& run : self.runs(row)) {
      T& deepest = self.deepest_[run.label];
      deepest = std::max(deepest, bound_run(out, run.begin, run.end, width, self.step2_[2]));
    }
    return count;
  }

  /// Rows `first`, first + step, … before `end`, which lie beyond all sites and lead away from
  /// them. A site is nearest to points of a convex region that holds the site, so one that is
  /// nearest nowhere in a row is so nowhere in the next: the envelope's sites suffice.
  REGIONWISE_INLINE static void envelop_away(LabelDistance& self,
                                             std::int64_t first,
                                             std::int64_t end,
                                             std::int64_t step,
                                             const Axis& axis) {
    std::span<const std::int32_t> sites = self.sites_;
    for (std::int64_t row = first; row != end; row += step) {
      // A row writes beyond its end, where one may be finished already.
      T* beyond = self.squared_.data() + (row + 1) * self.shape_.width;
      std::array<T, kLanes> kept;
      std::copy_n(beyond, kLanes, kept.data());
      const int count = envelop_row(self, row, axis, sites);
      std::copy_n(kept.data(), kLanes, beyond);
      self.nearest_.resize(static_cast<std::size_t>(count));
      for (int k = 0; k < count; ++k) self.nearest_[k] = self.envelope_[k].centre;
      sites = self.nearest_;
    }
  }

  REGIONWISE_MULTIVERSION static void envelop_to_another(LabelDistance& self) {
    const Axis axis = row_axis(self);
    const bool volume = self.shape_.depth > 1;
    if (!volume) self.list_sites(row_heights(self, 0));
    // Only integers, since rounding must not decide which sites are left.
    const bool ends = std::is_integral_v<T> && !volume;
    const std::int64_t first = ends ? self.first_change_ : 0;
    const std::int64_t last = ends ? self.last_change_ : self.rows();
    for (std::int64_t row = first; row < last; ++row) {
      if (volume && row % self.shape_.height == 0) {
        columns<true>(self, row / self.shape_.height);
        self.list_sites(row_heights(self, 0));
      }
      envelop_row(self, row, axis, self.sites_);
    }
    envelop_away(self, first - 1, -1, -1, axis);
    envelop_away(self, last, self.rows(), 1, axis);
  }

  /// Within a run of the label only the ends can be nearest to pixels outside it.
  REGIONWISE_MULTIVERSION static void envelop_to(LabelDistance& self, Label label) {
    const Axis axis = row_axis(self);
    Parabola* envelope = self.envelope_.data();
    T* out = self.squared_.data();
    for (std::int64_t row = 0; row < self.rows(); ++row, out += self.shape_.width) {
      const std::int64_t y = row % self.shape_.height;
      if (self.shape_.depth > 1 && y == 0) columns<false>(self, row / self.shape_.height);
      const T* heights = row_heights(self, y);
      int count = 0;
      for (const LabelRun& run : self.runs(row)) {
        if (run.label == label) {
          count = add(run.begin, 0, axis, envelope, count);
          if (run.end - run.begin > 1) count = add(run.end - 1, 0, axis, envelope, count);
          continue;
        }
        for (std::int32_t x = run.begin; x < run.end; ++x) {
          if (heights[x] != no_site<T>()) count = add(x, heights[x], axis, envelope, count);
        }
      }
      evaluate(envelope, count, axis, out);
      for (const LabelRun& run : self.runs(row)) {
        if (run.label == label) std::fill(out + run.begin, out + run.end, T{0});
      }
    }
  }

  typedef std::int16_t SmallLanes __attribute__((vector_size(kSmallLanes * 2)));

  typedef SmallLanes SmallLanesAnywhere __attribute__((aligned(2), may_alias));

  /// The elements from there on.
  REGIONWISE_INLINE static SmallLanesAnywhere& lanes(std::int16_t* from) {
    return *reinterpret_cast<SmallLanesAnywhere*>(from);
  }
  REGIONWISE_INLINE static const SmallLanesAnywhere& lanes(const std::int16_t* from) {
    return *reinterpret_cast<const SmallLanesAnywhere*>(from);
  }

  REGIONWISE_INLINE static int largest(const SmallLanes& of) {
    std::int16_t largest = of[0];
    for (int i = 0; i < kSmallLanes; ++i) largest = std::max<std::int16_t>(largest, of[i]);
    return largest;
  }

  /// Squared distances to the ends of each pixel's run in a small row, kFarSquare where it has
  /// none. Each run overwrites what the one before has written beyond its end.
  REGIONWISE_INLINE static void bound_small_row(std::span<const LabelRun> runs,
                                                std::int32_t n,
                                                std::int16_t* bounds) {
    SmallLanes lane;
    for (int i = 0; i < kSmallLanes; ++i) lane[i] = static_cast<std::int16_t>(i);
    for (const LabelRun& run : runs) {
      const std::int32_t before = run.begin > 0 ? run.begin - 1 : -n - 1;
      const std::int32_t after = run.end < n ? run.end : 2 * n + 1;
      for (std::int32_t x = run.begin; x < run.end; x += kSmallLanes) {
        const SmallLanes left = lane + static_cast<std::int16_t>(x - before);
        const SmallLanes right = static_cast<std::int16_t>(after - x) - lane;
        const SmallLanes nearest = left < right ? left : right;
        lanes(bounds + x) = nearest * nearest;
      }
    }
    if (runs.size() == 1) std::fill(bounds, bounds + n, kFarSquare);
  }

  /// The last axis of a small row: searches its pixels' neighbours, nearest first, for as long as
  /// one may lower a distance. `found`: what is known before, 0 beyond the row's end. No result is
  /// larger than `bound`; returns the largest.
  REGIONWISE_INLINE static int search_small_row(const std::int16_t* heights,
                                                std::int32_t n,
                                                int bound,
                                                std::int16_t* found) {
    SmallLanes lowest = lanes(heights);
    for (std::int32_t x = 0; x < n; x += kSmallLanes) {
      const SmallLanes height = lanes(heights + x);
      lowest = height < lowest ? height : lowest;
      lanes(found + x) = height < lanes(found + x) ? height : lanes(found + x);
    }
    const int reach2 = bound + largest(-lowest);
    SmallLanes deepest{};
    for (std::int32_t x = 0; x < n; x += kSmallLanes) {
      SmallLanes best = lanes(found + x);
      for (std::int32_t offset = 1; offset < n && offset * offset <= reach2; ++offset) {
        const auto squared = static_cast<std::int16_t>(offset * offset);
        const SmallLanes left = lanes(heights + x - offset);
        const SmallLanes right = lanes(heights + x + offset);
        const SmallLanes beside = (left < right ? left : right) + squared;
        best = beside < best ? beside : best;
      }
      lanes(found + x) = best;
      deepest = best > deepest ? best : deepest;
    }
    return largest(deepest);
  }

  /// Among n pixels that have a label.
  REGIONWISE_INLINE static T largest_of(const Label* labels,
                                        Label label,
                                        const T* squared,
                                        std::int64_t n) {
    T largest = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      // Read in any case: a loop without branches becomes vector code.
      const T here = squared[i];
      largest = std::max(largest, labels[i] == label ? here : T{0});
    }
    return largest;
  }

  template <bool kToAnother>
  REGIONWISE_INLINE static void search(LabelDistance& self) {
    const auto n = static_cast<std::int32_t>(self.shape_.width);
    const std::int64_t pitch = self.pitch_;
    std::int16_t* found = self.small_.data();
    std::int16_t* heights = found + kSmallRow + kSmallPadding;
    std::fill(heights - kSmallPadding, heights + kSmallSide + kSmallPadding, kFarSquare);
    int bound = kFarSquare;
    for (std::int64_t row = 0; row < self.shape_.height; ++row) {
      const Steps* steps = self.steps_.data() + row * pitch;
      for (std::int64_t x = 0; x < pitch; ++x) {
        const auto squared = static_cast<std::int16_t>(steps[x] * steps[x]);
        heights[x] = steps[x] >= unreached<Steps>() ? kFarSquare : squared;
      }
      if (kToAnother) {
        bound_small_row(self.runs(row), n, found);
      } else {
        std::fill(found, found + pitch, kFarSquare);
      }
      lanes(found + n) = SmallLanes{};
      const int largest = search_small_row(heights, n, bound, found);
      std::copy(found, found + n, self.squared_.data() + row * n);
      // From a pixel's neighbour in the next row it is one step more, if that.
      bound = largest + 1 + static_cast<int>(2 * std::sqrt(static_cast<float>(largest)));
    }
  }

  REGIONWISE_MULTIVERSION static void search_to_another(LabelDistance& self) {
    search<true>(self);
    for (std::size_t label = 0; label < self.pixels_.size(); ++label) {
      if (self.pixels_[label] == 0) continue;
      self.deepest_[label] = largest_of(
          self.labels_, static_cast<Label>(label), self.squared_.data(), self.shape_.size());
    }
  }

  REGIONWISE_MULTIVERSION static void search_to(LabelDistance& self) { search<false>(self); }

  /// Whether rows are searched.
  static bool small(const Shape3& shape) {
    return std::is_integral_v<T> && shape.depth == 1 &&
           std::max(shape.height, shape.width) <= kSmallSide;
  }
};

template <class T>
LabelDistance<T>::LabelDistance(const Spacing3& step) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    step2_[axis] = static_cast<T>(step[axis] * step[axis]);
  }
}

template <class T>
bool LabelDistance<T>::fits(const Shape3& shape) {
  const std::int64_t side = std::max({shape.depth, shape.height, shape.width});
  return side <= (std::is_integral_v<T> ? kLongestSide : std::int64_t{1} << 29);
}

template <class T>
void LabelDistance<T>::load(VolumeView<Label> labels) {
  assert(fits(labels.shape) && std::ssize(labels.values) == labels.shape.size());
  if (labels.shape != shape_) prepare(labels.shape);
  labels_ = labels.values.data();
  runs_.clear();
  pixels_.fill(0);
  const Label* row = labels_;
  for (std::size_t index = 0; index + 1 < row_starts_.size(); ++index, row += shape_.width) {
    for (const Label* x = row; x < row + shape_.width;) {
      const Label* end = end_of_run(x, row + shape_.width);
      runs_.push_back(
          {static_cast<std::int32_t>(x - row), static_cast<std::int32_t>(end - row), *x});
      pixels_[*x] += end - x;
      x = end;
    }
    row_starts_[index + 1] = runs_.size();
  }
  find_changes();
  if (!Kernels::small(shape_)) return;
  for (std::int64_t y = 0; y < shape_.height; ++y) {
    std::copy_n(labels_ + y * shape_.width, shape_.width, padded_.data() + y * pitch_);
  }
}

template <class T>
void LabelDistance<T>::prepare(const Shape3& shape) {
  shape_ = shape;
  const auto [depth, height, width] = shape;
  row_starts_.assign(static_cast<std::size_t>(rows() + 1), 0);
  steps_.resize(static_cast<std::size_t>(shape.size()));
  squared_.resize(static_cast<std::size_t>(shape.size() + kLanes));
  row_.resize(static_cast<std::size_t>(width));
  envelope_.resize(static_cast<std::size_t>(std::max(height, width)));
  inverse_x_ = inverses(width, static_cast<double>(step2_[2]));
  if (Kernels::small(shape)) {
    small_.resize(static_cast<std::size_t>(kSmallRow + 2 * kSmallPadding + kSmallSide));
    pitch_ = (width + kSmallLanes - 1) / kSmallLanes * kSmallLanes;
    // Beyond the rows stands what is no label.
    padded_.assign(static_cast<std::size_t>(height * pitch_), Label{-1});
    steps_.resize(padded_.size());
  }
  if (depth == 1) return;
  columns_.resize(static_cast<std::size_t>(kLanes * (height + kLanes)));
  column_labels_.resize(static_cast<std::size_t>(height));
  slice_.resize(static_cast<std::size_t>(shape.slice_size()));
  inverse_y_ = inverses(height, static_cast<double>(step2_[1]));
}

template <class T>
void LabelDistance<T>::find_changes() {
  const auto differs = [this](std::int64_t row) {
    return !std::ranges::equal(runs(row - 1), runs(row));
  };
  first_change_ = 1;
  while (first_change_ < rows() && !differs(first_change_)) ++first_change_;
  last_change_ = rows() - 1;
  while (last_change_ >= first_change_ && !differs(last_change_)) --last_change_;
  last_change_ = std::max(first_change_, last_change_);
}

template <class T>
void LabelDistance<T>::list_sites(const T* heights) {
  sites_.clear();
  for (std::int32_t x = 0; x < shape_.width; ++x) {
    if (heights[x] != no_site<T>()) sites_.push_back(x);
  }
}

template <class T>
std::span<const T> LabelDistance<T>::to_another() {
  deepest_.fill(0);
  if (Kernels::small(shape_)) {
    Kernels::count_to_another(padded_.data(), shape_.height, pitch_, steps_.data());
    Kernels::search_to_another(*this);
  } else {
    Kernels::count_to_another(
        labels_, first_length(), shape_.size() / first_length(), steps_.data());
    Kernels::envelop_to_another(*this);
  }
  return result();
}

template <class T>
std::span<const T> LabelDistance<T>::to(Label label) {
  if (Kernels::small(shape_)) {
    Kernels::count_to(padded_.data(), label, shape_.height, pitch_, steps_.data());
    Kernels::search_to(*this);
  } else {
    const std::int64_t length = first_length();
    Kernels::count_to(labels_, label, length, shape_.size() / length, steps_.data());
    Kernels::envelop_to(*this, label);
  }
  return result();
}

template <class T>
std::span<const T> LabelDistance<T>::result() const {
  return std::span(squared_).first(static_cast<std::size_t>(shape_.size()));
}

template class LabelDistance<std::int32_t>;
template class LabelDistance<double>;

}  // namespace regionwise::geometry

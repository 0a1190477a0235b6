#pragma once

#include <cstdint>
#include <vector>

#include "core/volume.hpp"
#include "geometry/box.hpp"

namespace regionwise::geometry {

/// Where objects lie: the rows that have voxels of them, and the box that holds all.
struct Occupancy {
  std::vector<std::uint8_t> rows;  ///< [depth, height], 1 where the row has a voxel inside.
  Box box;                         ///< Empty if there is none.
};

/// A block of a volume at one bit a voxel. Around its rows and slices there is background that may
/// be read: `margin` rows and slices on every side (a single slice has one at most), a word before
/// and after each row.
class BitMask {
 public:
  static constexpr std::int64_t kWordBits = 64;

  /// All background.
  explicit BitMask(const Shape3& shape, std::int64_t margin = 1);

  const Shape3& shape() const { return shape_; }
  /// Words that hold a row's voxels: voxel x is bit x % 64 of word x / 64.
  std::int64_t row_words() const { return stride_ - 2; }
  /// From a row to the next, and from a slice to the next, in words.
  std::int64_t row_stride() const { return stride_; }
  std::int64_t slice_stride() const { return slice_stride_; }

  std::uint64_t* row(std::int64_t z, std::int64_t y) { return words_.data() + offset(z, y); }
  const std::uint64_t* row(std::int64_t z, std::int64_t y) const {
    return words_.data() + offset(z, y);
  }

  /// A row with voxels inside; the others are background.
  struct Row {
    std::int64_t z;
    std::int64_t y;
  };
  /// All of them, C order. Whoever fills a row adds it.
  std::vector<Row> rows;

 private:
  std::int64_t offset(std::int64_t z, std::int64_t y) const {
    return (z + slice_margin_) * slice_stride_ + (y + margin_) * stride_ + 1;
  }

  Shape3 shape_;
  std::int64_t margin_;
  std::int64_t slice_margin_;
  std::int64_t stride_;
  std::int64_t slice_stride_;
  std::vector<std::uint64_t> words_;
};

/// Voxels of a label map that count as inside.
struct Inside {
  std::uint8_t value = 0;
  bool equal = false;  ///< Those that equal `value`; else those that do not.
};

/// Reads the volume once, on up to `threads` threads.
Occupancy find_occupied(VolumeView<std::uint8_t> volume, Inside inside, int threads = 1);

/// The voxels of `volume` within `box`, which need not hold all that `occupancy` found.
BitMask pack(VolumeView<std::uint8_t> volume,
             Inside inside,
             const Occupancy& occupancy,
             const Box& box);

/// Voxels of a mask, and of two masks of the same shape and margin together.
std::int64_t count(const BitMask& mask);
std::int64_t count_common(const BitMask& a, const BitMask& b);

}  // namespace regionwise::geometry

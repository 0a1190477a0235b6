#pragma once

#include <cstdint>
#include <vector>

#include "core/volume.hpp"
#include "geometry/box.hpp"

namespace regionwise::geometry {

/// A block of a volume at one bit a voxel. Around it there is background that may be read: `margin`
/// rows and slices on every side (a single slice has one at most), a word before and after each
/// row.
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

  struct Row {
    std::int64_t z;
    std::int64_t y;
  };
  /// The rows with voxels inside, C order; the others are background. Who fills a row adds it.
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

/// Bytes of a volume that count as inside.
struct Inside {
  std::uint8_t value = 0;
  bool equal = false;  ///< Those that equal `value`; else those that do not.
};

/// The rows of a volume that have voxels inside, one bit a voxel.
struct PackedRows {
  Box box;  ///< Holds all voxels inside; empty if there is none.
  std::int64_t row_words = 0;
  std::vector<BitMask::Row> rows;    ///< C order.
  std::vector<std::uint64_t> words;  ///< [rows, row_words], as in BitMask.
};

/// Reads the volume once, on up to `threads` threads.
PackedRows pack_rows(VolumeView<std::uint8_t> volume, Inside inside, int threads = 1);

/// `box`, begun at a multiple of BitMask::kWordBits along x.
Box aligned(const Box& box);

/// The voxels within an aligned box that holds all of them.
BitMask cut(const PackedRows& packed, const Box& box);

/// Voxels of a mask, and of two masks of the same shape together.
std::int64_t count(const BitMask& mask);
std::int64_t count_common(const BitMask& a, const BitMask& b);

}  // namespace regionwise::geometry

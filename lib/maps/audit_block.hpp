#pragma once

#include <array>
#include <cstdint>

#include "core/volume.hpp"

namespace regionwise::maps {

/// Pixels that are audited together by vector instructions: up to 4 classes, where one of the two
/// sides of sign_audit.hpp's recurrence has a single term at most, and it is a product.
struct AuditBlock {
  static constexpr int kClasses = 4;   ///< K at most.
  static constexpr int kPixels = 256;  ///< Those that are not used have the label −1.
  using Row = std::array<double, kPixels>;

  std::array<Row, kClasses> z;  ///< Finite; all 0 where the label is −1.
  Row label;                    ///< −1: passed over.

  std::array<Row, kClasses> wrong;  ///< Share with the wrong sign of wrong classes; 0 of the true.
  Row own;                          ///< The same of the true class.
  Row any;                          ///< unsafe_share
  Row unsafe;                       ///< 1 where the pixel is unsafe, else 0.
  Row change;                       ///< SmallestChange::largest
  Row euclidean;                    ///< SmallestChange::euclidean

  /// Takes `count` pixels, channel k of whose map begins at map + k · step; whether all values, but
  /// of pixels whose label is negative, are finite.
  bool load(const Label* labels, const float* map, std::int64_t step, int count, int classes);
  /// How many pixels have the label k.
  std::int64_t pixels_of(int k) const;
  /// Whether any pixel is unsafe. Fills `unsafe`, and if so all but z and label, within some
  /// roundings of what sign_audit.hpp's functions say (`unsafe` and `change` to the bit).
  /// `classes` from 2 to 4.
  bool audit(int classes);
};

/// Sums over pixels of one class, apart for every eighth pixel, so that they can be added side by
/// side and in the same order on every processor.
struct AuditLanes {
  static constexpr int kLanes = 8;
  using Lanes = std::array<double, kLanes>;

  Lanes unsafe{};
  Lanes share{};
  Lanes own{};
  Lanes other{};
  Lanes change{};     ///< The largest.
  Lanes euclidean{};  ///< The largest.

  /// What class k is to the block's pixels.
  void add(const AuditBlock& block, int k);
};

}  // namespace regionwise::maps

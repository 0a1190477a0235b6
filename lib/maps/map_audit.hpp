#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "maps/map.hpp"
#include "maps/sign_audit.hpp"

namespace regionwise::maps {

/// A pixel at which the loss can give a derivative the wrong sign.
struct UnsafePixel {
  std::int64_t image = 0;  ///< Index of the case.
  std::int64_t slice = 0;
  std::int64_t y = 0;
  std::int64_t x = 0;
  int label = 0;
  double share = 0;  ///< unsafe_share
  SmallestChange change;
  std::vector<float> z;  ///< [K], only where pixels are listed.
};

/// The audit of all pixels of one class (or of several: their sum).
struct ClassAudit {
  std::int64_t pixels = 0;  ///< Whose label is the class.
  std::int64_t others = 0;  ///< Derivatives at pixels of other classes: their number × classes.
  std::int64_t unsafe = 0;  ///< Of `pixels`.
  double share_sum = 0;     ///< unsafe_share over `pixels`.
  double own_sum = 0;       ///< Over `pixels`: the share on which the class is pushed down.
  double other_sum = 0;     ///< Over `others`: the share on which the class is pushed up.
  double change = 0;        ///< The largest SmallestChange::largest.
  double euclidean_change = 0;  ///< The largest SmallestChange::euclidean.
  UnsafePixel worst;            ///< Of the largest share, then change, the first; if `unsafe` > 0.

  void add(const ClassAudit& other);
};

/// The audit of a map, or of several.
struct MapAudit {
  std::vector<ClassAudit> classes;  ///< [K]
  std::vector<UnsafePixel> worst;   ///< As many as were asked for, worst first.

  explicit MapAudit(int class_count) : classes(static_cast<std::size_t>(class_count)) {}
  ClassAudit total() const;
  /// `list`: as many of the worst pixels are kept.
  void add(const MapAudit& other, std::int64_t list);
};

/// Audits the map [K, D, H, W] of one sample, pixel by pixel (sign_audit.hpp). Pixels with a
/// negative label are passed over. The worst `list` pixels are listed; `image` is put into each.
/// The result depends on the number of threads in no digit. DataError: a label above K−1, a value
/// that is not finite. K from 2 to 128.
MapAudit audit_map(const LabelBatch& sample,
                   std::span<const float> map,
                   std::int64_t image,
                   std::int64_t list,
                   int threads);

}  // namespace regionwise::maps

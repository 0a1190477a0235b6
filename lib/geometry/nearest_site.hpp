#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/volume.hpp"
#include "geometry/bit_mask.hpp"

namespace regionwise::geometry {

/// Finds for a voxel the nearest site of a mask, exactly: the least, over all sites, of
/// (z² dz² + y² dy²) + x² dx² in float64 for spacing (z, y, x). Near sites are found by looking
/// into the rows of bits around the voxel, the nearest first; far ones through rows, and blocks of
/// rows united into one row of bits, outward from the voxel and as far as they can hold a nearer
/// site (bounds as in Taha and Hanbury, An Efficient Algorithm for Calculating the Exact Hausdorff
/// Distance, IEEE TPAMI 2015).
class NearestSite {
 public:
  /// The margin that `sites` must have.
  static constexpr std::int64_t kMargin = 8;

  /// `sites` has a voxel at least, and must outlive this.
  NearestSite(const BitMask& sites, const Spacing3& spacing_mm);

  const BitMask& sites() const { return sites_; }
  const Spacing3& spacing_mm() const { return spacing_mm_; }

  /// A voxel of the mask's block, and its number in the list that the caller keeps.
  struct Query {
    BitMask::Row row;
    std::int64_t x;
    std::size_t place;
  };

  /// Squared distances, mm², from the voxels of `rows` of `from`, written from *squared on (or
  /// nowhere, if null). Those without a near site are listed in `far`, numbered from `place` on,
  /// and have no distance yet. With `largest_only` a search ends at a site that is not farther than
  /// the largest distance so far, which begins with `largest`: such distances may be too large, but
  /// not above it. Returns the largest.
  double near(const BitMask& from,
              std::span<const BitMask::Row> rows,
              std::size_t place,
              bool largest_only,
              double largest,
              double* squared,
              std::vector<Query>& far) const;

  /// A site, to begin a search with.
  struct Site {
    double squared_mm = std::numeric_limits<double>::infinity();  ///< From the query, mm².
    BitMask::Row row{-1, 0};
    std::int64_t x = 0;
  };
  /// The nearest site to a query that has no near one. Stops at one that is not farther than
  /// `enough`. `hint`: where the last query's was. `work` grows by the rows and blocks looked into.
  Site far(const Query& query, double enough, const Site& hint, std::int64_t& work) const;

 private:
  struct Step {
    double squared_mm;
    std::int64_t bytes;  ///< From the query's row to the one to look into.
  };
  class Search;

  void list_steps();
  void unite_rows();

  const BitMask& sites_;
  Spacing3 spacing_mm_;
  std::vector<double> z_mm2_;  ///< Squared distance of so many steps along an axis.
  std::vector<double> y_mm2_;
  std::vector<double> x_mm2_;
  std::vector<Step> steps_;                ///< Sorted by distance; the last is infinitely far.
  double near_mm2_ = 0;                    ///< Below this the steps decide.
  BitMask blocks_;                         ///< [depth, blocks of rows, width]
  BitMask slices_;                         ///< [1, depth, width]: all rows of a slice.
  std::vector<std::int64_t> first_block_;  ///< Of each slice.
  std::vector<std::int64_t> end_block_;
};

}  // namespace regionwise::geometry

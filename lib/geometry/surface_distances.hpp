#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/volume.hpp"
#include "geometry/bit_mask.hpp"

namespace regionwise::geometry {

/// Finds for a voxel the nearest site of a mask, exactly: the least, over all sites, of
/// (z² dz² + y² dy²) + x² dx² in float64 for spacing (z, y, x). Looks into the mask's bits row by
/// row, the nearest rows first; what lies far is found through rows, blocks of rows and slices
/// united into one row of bits each, which bound what is in them. Bounds as in Taha and Hanbury, An
/// Efficient Algorithm for Calculating the Exact Hausdorff Distance, IEEE TPAMI 2015.
class NearestSite {
 public:
  /// The margin that `sites` must have.
  static constexpr std::int64_t kMargin = 8;

  /// `sites` has a voxel at least, and must outlive this.
  NearestSite(const BitMask& sites, const Spacing3& spacing_mm);

  /// A query's answer: the distance, and where the site lies if it is farther than the near ones.
  struct Site {
    std::int64_t z = -1;
    std::int64_t y = 0;
    std::int64_t x = 0;
  };

  /// The squared distance in mm² from a voxel of the mask's block. Stops at a site no farther than
  /// `enough`: the distance is then at most that, and no more is known. `hint`: a site that may be
  /// near, such as the last query's; set to the one found.
  double squared_mm(const BitMask::Row& row, std::int64_t x, double enough, Site& hint) const;

 private:
  struct Step {
    double squared_mm;
    std::int64_t bytes;  ///< From the query's row to the one to look into.
  };
  /// A candidate that only gets nearer.
  struct Best {
    double squared_mm;
    Site site;
  };

  double near(const std::uint64_t* row, std::int64_t x, double enough) const;
  void far(const BitMask::Row& row, std::int64_t x, double enough, Best& best) const;
  void search_slice(std::int64_t z,
                    double z_mm2,
                    std::int64_t y,
                    std::int64_t x,
                    double enough,
                    Best& best) const;
  void search_block(std::int64_t z,
                    std::int64_t block,
                    double z_mm2,
                    std::int64_t y,
                    std::int64_t x,
                    Best& best) const;
  void unite_rows();

  const BitMask& sites_;
  std::vector<double> z_mm2_;  ///< Squared distance of so many steps along an axis.
  std::vector<double> y_mm2_;
  std::vector<double> x_mm2_;
  std::vector<Step> steps_;
  double near_mm2_ = 0;  ///< Below this the near rows decide.
  BitMask blocks_;       ///< [depth, blocks of kBlock rows, width]
  BitMask slices_;       ///< [1, depth, width]
  std::vector<std::int64_t> first_block_;
  std::vector<std::int64_t> end_block_;
};

/// From each voxel of `from` to the nearest of `to`, mm, C order.
std::vector<double> distances_mm(const BitMask& from, const NearestSite& to, int threads = 1);

/// The largest of them, or `at_least` where that is larger; faster than all of them.
double farthest_mm(const BitMask& from, const NearestSite& to, double at_least, int threads = 1);

}  // namespace regionwise::geometry

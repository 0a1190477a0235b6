#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/volume.hpp"
#include "geometry/distance_transform.hpp"

namespace regionwise::testing {

/// Distances from every pixel to the nearest one of `mask` in an image, the plain way; NaN where
/// the mask is empty.
inline std::vector<double> simple_distances(const Volume<std::uint8_t>& mask,
                                            const Spacing3& spacing_mm,
                                            bool millimetres) {
  std::vector<double> distances;
  const auto root = [](auto squared) { return std::sqrt(static_cast<double>(squared)); };
  if (std::find(mask.values.begin(), mask.values.end(), 1) == mask.values.end()) {
    distances.assign(mask.values.size(), std::nan(""));
  } else if (millimetres) {
    const auto squared = geometry::squared_distances_mm(mask.view(), spacing_mm);
    std::transform(squared.begin(), squared.end(), std::back_inserter(distances), root);
  } else {
    const auto squared = geometry::squared_distances(mask.view());
    std::transform(squared.begin(), squared.end(), std::back_inserter(distances), root);
  }
  return distances;
}

/// The boundary map, or the rectified one, of one image by its definition, one class after the
/// other, [K, D, H, W]; absent and full classes by the standard rules.
inline std::vector<double> simple_map(const Volume<Label>& labels,
                                      int classes,
                                      bool rectified,
                                      const Spacing3& spacing_mm = {1, 1, 1},
                                      bool millimetres = false) {
  std::vector<double> map;
  for (int k = 0; k < classes; ++k) {
    Volume<std::uint8_t> inside(labels.shape);
    Volume<std::uint8_t> outside(labels.shape);
    for (std::size_t i = 0; i < labels.values.size(); ++i) {
      inside.values[i] = labels.values[i] == k;
      outside.values[i] = labels.values[i] != k;
    }
    const auto from_inside = simple_distances(outside, spacing_mm, millimetres);
    const auto from_outside = simple_distances(inside, spacing_mm, millimetres);
    const bool full = std::isnan(from_inside[0]);
    const bool absent = std::isnan(from_outside[0]);
    const double deepest = *std::max_element(from_inside.begin(), from_inside.end());
    for (std::size_t i = 0; i < labels.values.size(); ++i) {
      if (rectified) {
        map.push_back(absent || inside.values[i] == 0 ? 1 : full ? -1 : -from_inside[i] / deepest);
      } else {
        map.push_back(absent || full          ? 0
                      : inside.values[i] != 0 ? -from_inside[i]
                                              : from_outside[i]);
      }
    }
  }
  return map;
}

}  // namespace regionwise::testing

#pragma once

#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "maps/map.hpp"
#include "support/label_volume.hpp"

namespace regionwise::testing {

/// The map of one sample, [K, D, H, W].
inline std::vector<double> map_of(const Json& description,
                                  const Volume<Label>& labels,
                                  int classes,
                                  const Spacing3& spacing_mm = {1, 1, 1}) {
  const maps::LabelBatch batch{labels.values, 1, labels.shape, classes, spacing_mm};
  return maps::MapSpecification(description, "map").compute<double>(batch);
}

}  // namespace regionwise::testing

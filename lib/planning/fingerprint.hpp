#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "planning/intensity.hpp"

namespace regionwise::planning {

/// What the planner knows of a data set (spec §1.2). Axes are (z, y, x).
struct Fingerprint {
  std::vector<Shape3> shapes;  ///< Of the cases after cropping.
  std::vector<Spacing3> spacings_mm;
  std::vector<double> size_reductions;  ///< Voxels after cropping / before, in (0, 1].
  std::vector<std::string> modalities;
  int foreground_classes = 1;
  std::vector<IntensityStatistics> intensities;  ///< Per channel; empty where no foreground is.
};
Json to_json(const Fingerprint& fingerprint);

}  // namespace regionwise::planning

#pragma once

#include <array>
#include <cstddef>

#include "core/volume.hpp"

namespace regionwise::geometry {

/// The largest of four labels whose weights reach 0.5 together, or 0 where none's do: the linear
/// interpolation of every label's 0/1 mask at once (spec §1.4, §4.4), as only the labels of the
/// four neighbours have a mask that is not 0. The weights are not negative and their sum is 1.
inline Label vote(const std::array<Label, 4>& labels, const std::array<double, 4>& weights) {
  if (labels[0] == labels[1] && labels[0] == labels[2] && labels[0] == labels[3]) return labels[0];
  bool found = false;
  Label winner = 0;
  for (const Label candidate : labels) {
    if (found && candidate <= winner) continue;
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += labels[i] == candidate ? weights[i] : 0.0;
    if (sum < 0.5) continue;
    found = true;
    winner = candidate;
  }
  return winner;
}

}  // namespace regionwise::geometry

#pragma once

#include <utility>
#include <vector>

#include "core/volume.hpp"

namespace regionwise::testing {

/// A label map written out in a test.
inline Volume<Label> label_volume(const Shape3& shape, std::vector<Label> labels) {
  Volume<Label> volume(shape);
  volume.values = std::move(labels);
  return volume;
}

/// A 2-D label map of one row.
inline Volume<Label> row(std::vector<Label> labels) {
  const Shape3 shape{1, 1, std::ssize(labels)};
  return label_volume(shape, std::move(labels));
}

}  // namespace regionwise::testing

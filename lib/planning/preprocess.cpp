#include "planning/preprocess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"

namespace regionwise::planning {

void z_score(std::span<float> values) {
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  if (values.empty() || *lowest == *highest) {
    throw DataError("every voxel has the same intensity; check the file or leave the case out");
  }
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const float v : values) sum += v;
  const double mean = sum / n;
  double squares = 0;
  for (const float v : values) squares += (v - mean) * (v - mean);
  const double scale = 1 / (std::sqrt(squares / n) + 1e-8);
  for (float& v : values) v = static_cast<float>((v - mean) * scale);
}

Preprocessed preprocess(RawCase raw) {
  const Shape3 shape = raw.geometry.shape;
  const auto voxels = static_cast<std::size_t>(shape.size());
  for (int c = 0; c < raw.channels; ++c) {
    const std::span<float> channel(raw.image.data() + static_cast<std::size_t>(c) * voxels, voxels);
    with_context(fmt::format("case {}, channel {}", raw.id, c), [&] { z_score(channel); });
  }
  Preprocessed result;
  result.channels = raw.channels;
  result.image = std::move(raw.image);
  result.label = std::move(raw.label);
  result.shape = shape;
  result.spacing_mm = raw.geometry.spacing_mm;
  result.crop_shape = shape;
  return result;
}

}  // namespace regionwise::planning

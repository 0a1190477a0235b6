#include "planning/loader_patch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace regionwise::planning {
namespace {

using Pair = std::array<std::int64_t, 2>;

constexpr double kSmallestLoaderScale = 0.85;

}  // namespace

double rotation_limit_degrees(const Pair& patch_size) {
  const auto [shorter, longer] = std::minmax(patch_size[0], patch_size[1]);
  return static_cast<double>(longer) / static_cast<double>(shorter) > 1.5 ? 15 : 180;
}

Pair loader_patch_size(const Pair& patch_size, double rotation_degrees) {
  const double degrees =
      std::min(std::max(rotation_degrees, rotation_limit_degrees(patch_size)), 90.0);
  const double angle = degrees / 180 * std::numbers::pi;
  const auto height = static_cast<double>(patch_size[0]);
  const auto width = static_cast<double>(patch_size[1]);
  const double rotated_height = std::abs(height * std::cos(angle) + width * std::sin(angle));
  const double rotated_width = std::abs(-height * std::sin(angle) + width * std::cos(angle));
  return {static_cast<std::int64_t>(std::max(height, rotated_height) / kSmallestLoaderScale),
          static_cast<std::int64_t>(std::max(width, rotated_width) / kSmallestLoaderScale)};
}

}  // namespace regionwise::planning

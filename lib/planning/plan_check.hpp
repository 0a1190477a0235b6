#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "planning/plan.hpp"

namespace regionwise::planning {

/// Of a slice, in pixels: beyond it no plan makes sense, and memory or whole numbers would
/// overflow.
constexpr std::int64_t kLargestEdge = 1 << 16;

/// Checks fields of plans; the only place that does. Throws UsageErrors beginning with `where`.
class PlanCheck {
 public:
  explicit PlanCheck(std::string where) : where_(std::move(where)) {}

  void axis_order(std::array<int, 3> axes) const;
  void target_spacing(std::span<const double> spacing_mm) const;
  /// Every stride 1 or 2, every kernel 1 or 3, the patch what they can halve, to more than one
  /// pixel.
  void network(const Plan& plan) const;
  void all(const Plan& plan) const;

  void require(bool holds, const std::string& what) const;

 private:
  void sizes(const Plan& plan) const;
  void normalization(const Plan& plan) const;
  /// Only CT is normalised by them.
  void intensities(const IntensityStatistics& s, std::size_t channel) const;

  std::string where_;
};

}  // namespace regionwise::planning

#include "geometry/kernel_name.hpp"

#include <fmt/format.h>

#include <cassert>

#include "core/error.hpp"

namespace regionwise::geometry {
namespace {

constexpr const char* kCatmullRom = "catmull-rom";
constexpr const char* kCubicBSpline = "cubic-b-spline";

}  // namespace

Kernel parse_cubic_kernel(const std::string& name, const std::string& where) {
  if (name == kCatmullRom) return Kernel::catmull_rom;
  if (name == kCubicBSpline) return Kernel::cubic_bspline;
  throw UsageError(
      fmt::format("{}: expected {} or {}, found {}", where, kCatmullRom, kCubicBSpline, name));
}

std::string to_string(Kernel kernel) {
  assert(kernel == Kernel::catmull_rom || kernel == Kernel::cubic_bspline);
  return kernel == Kernel::catmull_rom ? kCatmullRom : kCubicBSpline;
}

}  // namespace regionwise::geometry

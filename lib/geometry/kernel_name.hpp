#pragma once

#include <string>

#include "geometry/resize.hpp"

namespace regionwise::geometry {

/// A cubic kernel as plans and configurations name it: "catmull-rom" or "cubic-b-spline". Throws
/// UsageError beginning with `where`.
Kernel parse_cubic_kernel(const std::string& name, const std::string& where);

/// The inverse. `kernel` is one of the two.
std::string to_string(Kernel kernel);

}  // namespace regionwise::geometry

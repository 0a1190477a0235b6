#pragma once

#include <limits>

namespace regionwise::testing {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace regionwise::testing

#pragma once

#include <regex>
#include <string>

namespace regionwise {

/// An ECMAScript expression that a user gave. UsageError where it is none, longer than 1,000
/// characters, or has a count or a reference of more than four digits. One that may match in very
/// many ways, such as ((a*)*)*b, may take very long to match.
std::regex compile_regex(const std::string& expression);

}  // namespace regionwise

#pragma once

#include <string>

namespace regionwise::testing {

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace regionwise::testing

#include "core/comma_list.hpp"

#include <algorithm>

namespace regionwise {

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> entries;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    entries.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return entries;
}

}  // namespace regionwise

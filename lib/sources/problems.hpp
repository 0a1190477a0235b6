#pragma once

#include <map>
#include <string>
#include <vector>

#include "sources/source_data.hpp"

namespace regionwise::sources {

/// What is wrong with cases; several problems of one case become one line.
class Problems {
 public:
  void add(const std::string& id, const std::vector<std::string>& problems);

  /// Moves them to the data set, whose bad cases are removed, as text that a file can hold.
  void move_to(SourceData& source);

 private:
  std::map<std::string, std::string> by_id_;
};

}  // namespace regionwise::sources

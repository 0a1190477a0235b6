#include "sources/problems.hpp"

#include <algorithm>
#include <utility>

namespace regionwise::sources {

void Problems::add(const std::string& id, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) {
    std::string& text = by_id_[id];
    if (!text.empty()) text += "; ";
    text += problem;
  }
}

void Problems::move_to(SourceData& source) {
  std::erase_if(source.cases, [&](const CaseFiles& one) { return by_id_.contains(one.id); });
  for (auto& entry : by_id_) source.problems.push_back(std::move(entry));
  std::sort(source.problems.begin(), source.problems.end());
  by_id_.clear();
}

}  // namespace regionwise::sources

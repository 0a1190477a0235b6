#include "sources/problems.hpp"

#include <algorithm>

#include "core/text.hpp"

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
  for (const auto& [id, text] : by_id_) {
    source.problems.emplace_back(is_plain(id) ? id : json_quoted(id), readable(text));
  }
  std::sort(source.problems.begin(), source.problems.end());
  by_id_.clear();
}

}  // namespace regionwise::sources

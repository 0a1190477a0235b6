#include "maps/representative_slice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace regionwise::maps {
namespace {

std::int64_t pixels(const storage::CaseInfo& info, int label, std::int64_t z) {
  return info.class_voxels[static_cast<std::size_t>(label * info.shape.depth + z)];
}

/// Foreground classes and pixels of a slice.
std::pair<std::int64_t, std::int64_t> foreground(const storage::CaseInfo& info,
                                                 std::int64_t z,
                                                 int classes) {
  std::pair<std::int64_t, std::int64_t> found{0, 0};
  for (int label = 1; label < classes; ++label) {
    const std::int64_t count = pixels(info, label, z);
    found.first += count > 0 ? 1 : 0;
    found.second += count;
  }
  return found;
}

void check(const storage::DatasetReader& dataset, const SliceWish& wish) {
  const auto& cases = dataset.cases();
  const auto named = std::ranges::find(cases, wish.case_id, &storage::CaseInfo::id);
  if (!wish.case_id.empty() && named == cases.end()) {
    throw UsageError(fmt::format("{}: has no case {}", dataset.path().string(), wish.case_id));
  }
  if (!wish.slice) return;
  if (wish.case_id.empty()) throw UsageError("a slice is named by its case and its number");
  if (*wish.slice < 0 || *wish.slice >= named->shape.depth) {
    throw UsageError(fmt::format(
        "case {} has slices 0 to {}, not {}", wish.case_id, named->shape.depth - 1, *wish.slice));
  }
}

int class_of(const storage::DatasetReader& dataset,
             const SliceChoice& choice,
             const std::string& name) {
  const auto& names = dataset.info().class_names;
  if (!name.empty()) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return static_cast<int>(found - names.begin());
    throw UsageError(fmt::format("{}: has no class {}: its classes are {}",
                                 dataset.path().string(),
                                 name,
                                 fmt::join(names, ", ")));
  }
  int best = 1;
  const storage::CaseInfo& info = dataset.cases()[choice.case_index];
  for (int label = 2; label < dataset.classes(); ++label) {
    if (pixels(info, label, choice.slice) > pixels(info, best, choice.slice)) best = label;
  }
  return best;
}

}  // namespace

SliceChoice representative_slice(const storage::DatasetReader& dataset, const SliceWish& wish) {
  check(dataset, wish);
  SliceChoice choice;
  std::pair<std::int64_t, std::int64_t> most{wish.slice ? -1 : 0, 0};
  bool found = false;
  for (std::size_t index = 0; index < dataset.cases().size(); ++index) {
    const storage::CaseInfo& info = dataset.cases()[index];
    if (!wish.case_id.empty() && info.id != wish.case_id) continue;
    for (std::int64_t z = 0; z < info.shape.depth; ++z) {
      if (wish.slice && z != *wish.slice) continue;
      const auto shown = foreground(info, z, dataset.classes());
      if (shown <= most) continue;
      most = shown;
      choice = {index, z, 0};
      found = true;
    }
  }
  if (!found) {
    throw DataError(
        fmt::format("{}: no slice has any foreground: name one", dataset.path().string()));
  }
  choice.label = class_of(dataset, choice, wish.class_name);
  return choice;
}

}  // namespace regionwise::maps

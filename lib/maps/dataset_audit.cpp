#include "maps/dataset_audit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/hash.hpp"

namespace regionwise::maps {
namespace {

using MapOfCase = std::function<std::vector<float>(const std::string& id, const LabelBatch&)>;

/// `where`: the file that errors of a case name.
DatasetAudit audit_cases(const storage::DatasetReader& dataset,
                         const std::string& where,
                         const MapOfCase& map_of,
                         const AuditOptions& options) {
  DatasetAudit result{{}, {}, MapAudit(dataset.classes())};
  for (std::size_t index = 0; index < dataset.cases().size(); ++index) {
    const storage::CaseInfo& info = dataset.cases()[index];
    const Volume<Label> label = dataset.label(index);
    const LabelBatch batch{label.values, 1, label.shape, dataset.classes(), info.spacing_mm};
    const MapAudit audit = with_context(fmt::format("{}:/cases/{}", where, info.id), [&] {
      return audit_map(batch,
                       map_of(info.id, batch),
                       static_cast<std::int64_t>(index),
                       options.list,
                       options.threads);
    });
    result.whole.add(audit, options.list);
    result.case_ids.push_back(info.id);
    result.cases.push_back(audit);
    options.done(info.id);
  }
  return result;
}

/// DataError unless the maps are those of the data set as it is now.
void check_belongs(const storage::MapsReader& maps, const storage::DatasetReader& dataset) {
  const auto refuse = [&](const std::string& why) {
    throw DataError(
        fmt::format("{}: is not of {}, {}: compute it anew, or name its data set "
                    "with --data",
                    maps.path().string(),
                    dataset.path().string(),
                    why));
  };
  if (maps.class_names() != dataset.info().class_names) refuse("whose classes are others");
  if (!maps.dataset_hash().empty() && maps.dataset_hash() != hash_file(dataset.path())) {
    refuse("which has changed or is another");
  }
  if (maps.case_ids().size() != dataset.cases().size()) refuse("whose cases are others");
  for (const storage::CaseInfo& info : dataset.cases()) {
    if (!std::ranges::binary_search(maps.case_ids(), info.id)) refuse("which has a case more");
    if (maps.shape(info.id) != info.shape)
      refuse("in which case " + info.id + " is of another size");
  }
}

}  // namespace

DatasetAudit audit_named_map(const storage::DatasetReader& dataset,
                             const MapSpecification& specification,
                             const AuditOptions& options) {
  const auto compute = [&](const std::string&, const LabelBatch& batch) {
    return specification.compute<float>(batch, options.threads);
  };
  return audit_cases(dataset, dataset.path().string(), compute, options);
}

DatasetAudit audit_maps_file(const storage::MapsReader& maps,
                             const storage::DatasetReader& dataset,
                             const AuditOptions& options) {
  check_belongs(maps, dataset);
  const auto read = [&](const std::string& id, const LabelBatch&) { return maps.map(id); };
  return audit_cases(dataset, maps.path().string(), read, options);
}

std::filesystem::path dataset_of(const storage::MapsReader& maps) {
  const std::filesystem::path& named = maps.dataset_path();
  if (!named.empty()) {
    if (std::filesystem::exists(named)) return named;
    auto beside = maps.path().parent_path() / named.filename();
    if (std::filesystem::exists(beside)) return beside;
  }
  throw UsageError(
      fmt::format("{}: the data set with its labels, {}, is not there: give it with "
                  "--data",
                  maps.path().string(),
                  named.empty() ? "which it does not name" : named.string()));
}

}  // namespace regionwise::maps

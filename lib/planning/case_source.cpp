#include "planning/case_source.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "planning/phantom.hpp"
#include "storage/nifti.hpp"

namespace regionwise::planning {
namespace {

bool is_phantom(const PrepareOptions& options) {
  return options.description.layout == Layout::phantom;
}

SourceData list_phantoms(const PrepareOptions& options) {
  SourceData data;
  data.channels = options.description.channels;
  data.classes = options.description.classes;
  const std::int64_t patients = options.patients > 0 ? options.patients : kDefaultPhantomPatients;
  for (const PhantomCase& one : phantom_cases(patients)) {
    data.cases.push_back({one.id(), one.patient_id(), {}, {}, {}});
  }
  split_by_patient(data.cases, options.description.train_first);
  return data;
}

/// Of the sorted patients, the first ones.
void keep_patients(SourceData& data, std::int64_t patients) {
  std::set<std::string> kept;
  for (const CaseFiles& one : data.cases) kept.insert(one.patient);
  while (static_cast<std::int64_t>(kept.size()) > patients) kept.erase(std::prev(kept.end()));
  std::erase_if(data.cases, [&](const CaseFiles& one) { return !kept.contains(one.patient); });
}

SourceData list_files(const PrepareOptions& options, Log& log) {
  Description description = options.description;
  for (const auto& [value, target] : options.label_map) description.label_map[value] = target;
  SourceData data = find_cases(description, options.root, log);
  if (options.patients > 0) keep_patients(data, options.patients);
  for (const auto& [value, target] : data.label_map) {
    if (value == target) continue;
    log.info(fmt::format("label value {} becomes class {} ({})",
                         value,
                         target,
                         data.classes[static_cast<std::size_t>(target)]));
  }
  return data;
}

}  // namespace

CaseSource::CaseSource(const PrepareOptions& options, Log& log)
    : options_(options),
      log_(log),
      data_(is_phantom(options) ? list_phantoms(options) : list_files(options, log)) {}

RawCase CaseSource::read(const CaseFiles& files) const {
  if (!is_phantom(options_)) return read_case(files, data_, options_.trust_label_grid, log_);
  return draw_phantom(options_.seed, PhantomCase::of_id(files.id), options_.threads);
}

storage::ImageGeometry CaseSource::geometry(const CaseFiles& files) const {
  if (!is_phantom(options_)) return storage::read_nifti_geometry(files.images.front());
  return phantom_geometry(options_.seed, PhantomCase::of_id(files.id));
}

}  // namespace regionwise::planning

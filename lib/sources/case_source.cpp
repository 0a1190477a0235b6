#include "sources/case_source.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "sources/case_reader.hpp"
#include "sources/conversion.hpp"
#include "sources/phantom.hpp"
#include "storage/nifti.hpp"

namespace regionwise::sources {
namespace {

SourceData list_phantoms(const SourceOptions& options) {
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

SourceData list_files(const SourceOptions& options, Log& log) {
  Description description = options.description;
  for (const auto& [value, target] : options.label_map) description.label_map[value] = target;
  FindOptions find{.splits = std::nullopt, .skip_errata = options.skip_errata};
  if (!options.splits.empty()) find.splits = read_splits(options.splits, options.fold);
  SourceData data = find_cases(description, options.root, log, find);
  if (options.patients > 0) keep_patients(data, options.patients);
  check_headers(data, options.trust_label_grid);
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

void SourceOptions::check() const {
  const bool phantom = is_phantom();
  if (patients < 0) throw UsageError("--patients must be at least 1");
  if (phantom && !root.empty()) throw UsageError("--root: phantoms are drawn, not read");
  if (phantom && !label_map.empty()) throw UsageError("--label-map: phantoms are drawn, not read");
  if (phantom && !splits.empty()) throw UsageError("--splits: phantoms take turns");
  if (phantom && patients > 999) throw UsageError("--patients: at most 999 phantoms");
  if (fold && splits.empty()) throw UsageError("--fold is for --splits");
  if (phantom || !root.empty()) return;
  throw UsageError(fmt::format(
      "{0}: give the folder of the images with --root DIR{1}{2}",
      description.name,
      description.environment.empty() ? "" : fmt::format(" or {}=DIR", description.environment),
      description.obtain.empty() ? "" : "; to obtain them: " + description.obtain));
}

CaseSource::CaseSource(SourceOptions options, Log& log)
    : options_(std::move(options)),
      data_(options_.is_phantom() ? list_phantoms(options_) : list_files(options_, log)) {}

RawCase CaseSource::read(const CaseFiles& files, Log* warnings) const {
  if (options_.is_phantom()) {
    return draw_phantom(options_.seed, PhantomCase::of_id(files.id), options_.threads);
  }
  RawCase raw = read_case(files, data_, options_.trust_label_grid, warnings);
  const auto& slices = options_.description.slices;
  return slices ? convert_slices(raw, *slices, options_.preset) : raw;
}

storage::ImageGeometry CaseSource::largest_grid(const CaseFiles& files) const {
  if (options_.is_phantom()) {
    return phantom_geometry(options_.seed, PhantomCase::of_id(files.id));
  }
  const auto stored = storage::read_nifti_geometry(files.images.front());
  const auto& slices = options_.description.slices;
  return slices ? largest_converted_grid(stored, *slices, options_.preset) : stored;
}

std::vector<std::pair<std::filesystem::path, storage::Orientation>> CaseSource::orientations()
    const {
  std::vector<std::pair<std::filesystem::path, storage::Orientation>> result;
  if (options_.is_phantom()) return result;
  for (const CaseFiles& files : data_.cases) {
    const std::filesystem::path& first = files.images.front();
    result.emplace_back(first, storage::orientation_of(storage::read_nifti_geometry(first)));
  }
  return result;
}

std::string CaseSource::place() const {
  return options_.is_phantom() ? options_.description.name : options_.root.string();
}

Json CaseSource::conversion() const {
  const auto& slices = options_.description.slices;
  return slices ? conversion_json(*slices, options_.preset) : Json::object();
}

}  // namespace regionwise::sources

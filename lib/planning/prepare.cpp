#include "planning/prepare.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "planning/adapter.hpp"
#include "planning/phantom.hpp"
#include "planning/preprocess.hpp"
#include "storage/dataset_file.hpp"

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

void refuse_incomplete(const SourceData& data) {
  if (data.problems.empty()) return;
  const std::size_t others = data.problems.size() - 1;
  throw DataError(data.problems.front().second +
                  (others > 0 ? fmt::format(" ({} more such cases)", others) : std::string()));
}

SourceData list_files(const PrepareOptions& options, Log& log) {
  Description description = options.description;
  for (const auto& [value, target] : options.label_map) description.label_map[value] = target;
  SourceData data = find_cases(description, options.root, log);
  if (!options.skip_bad) refuse_incomplete(data);
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

storage::CaseInfo case_info(const CaseFiles& files,
                            const storage::ImageGeometry& geometry,
                            const Preprocessed& volume) {
  storage::CaseInfo info;
  info.id = files.id;
  info.group = files.patient;
  info.split = files.split;
  info.shape = volume.shape;
  info.spacing_mm = volume.spacing_mm;
  info.source = geometry;
  info.crop_start = volume.crop_start;
  info.crop_shape = volume.crop_shape;
  return info;
}

/// One hash for all image and label files: their own history would outgrow the data.
class SourceHash {
 public:
  void add(const CaseFiles& files) {
    for (const auto& path : files.images) add(path);
    if (!files.label.empty()) add(files.label);
  }
  std::int64_t files() const { return files_; }
  std::string hash() const { return hash_text(text_); }

 private:
  void add(const std::filesystem::path& path) {
    text_ += hash_file(path) + " " + path.filename().string() + "\n";
    ++files_;
  }

  std::string text_;
  std::int64_t files_ = 0;
};

Json configuration(const PrepareOptions& options, const SourceHash& hash) {
  Json labels = Json::object();
  for (const auto& [value, target] : options.label_map) labels[std::to_string(value)] = target;
  Json json = {{"data_set", options.description.name},
               {"patients", options.patients},
               {"preprocessing", {{"normalization", "z-score"}}}};
  if (is_phantom(options)) return json;
  json["label_map"] = labels;
  json["trust_label_grid"] = options.trust_label_grid;
  json["skip_bad"] = options.skip_bad;
  json["source_files"] = hash.files();
  json["source_hash"] = hash.hash();
  return json;
}

/// Slices are taken as they are stored until volumes are transposed.
Plan plan_for(const Fingerprint& fingerprint, Log& log) {
  const Plan plan = make_plan(fingerprint, SliceAxis::stored);
  const Spacing3& spacing = plan.target_spacing_mm;
  if (spacing[0] < spacing[1] || spacing[0] < spacing[2]) {
    log.warn(
        fmt::format("the images are coarsest within the slices (median spacing z {:.3g}, y {:.3g}, "
                    "x {:.3g} mm); "
                    "slices are taken along z all the same",
                    spacing[0],
                    spacing[1],
                    spacing[2]));
  }
  return plan;
}

/// Takes a data set's cases one after the other and writes them.
class Preparation {
 public:
  Preparation(const PrepareOptions& options, SourceData data, Log& log)
      : options_(options),
        data_(std::move(data)),
        log_(log),
        writer_(options.output, options.write) {
    fingerprint_.modalities = data_.channels;
    fingerprint_.foreground_classes = classes() - 1;
    for (const auto& [id, reason] : data_.problems) skip(id, reason);
  }

  void add_all() {
    Progress progress(log_, "cases", static_cast<std::int64_t>(data_.cases.size()));
    for (const CaseFiles& files : data_.cases) {
      try {
        add(files);
      } catch (const Error& error) {
        if (!options_.skip_bad || error.code() != ExitCode::bad_data) throw;
        skip(files.id, error.what());
      }
      progress.advance(1, files.id);
    }
    if (summary_.training_cases + summary_.validation_cases == 0) {
      throw DataError(options_.root.string() + ": no case is left");
    }
  }

  PrepareSummary finish(storage::Provenance provenance) {
    summary_.plan = plan_for(fingerprint_, log_);
    summary_.skipped_cases = static_cast<std::int64_t>(skipped_.size());
    storage::DatasetInfo info;
    info.name = options_.description.name;
    info.channels = data_.channels;
    info.class_names = data_.classes;
    info.licence = options_.description.licence;
    info.citation = options_.description.citation;
    info.fingerprint = to_json(fingerprint_);
    info.plan = to_json(summary_.plan);
    info.skipped = skipped_;
    provenance.configuration = configuration(options_, hash_);
    if (is_phantom(options_)) provenance.seed = options_.seed;
    for (const auto& path : data_.metadata) provenance.inputs.push_back(path);
    writer_.finish(info, provenance);
    return summary_;
  }

 private:
  int classes() const { return static_cast<int>(data_.classes.size()); }

  void skip(const std::string& id, const std::string& reason) {
    log_.warn("left out: " + reason);
    skipped_.emplace_back(id, reason);
  }

  RawCase read(const CaseFiles& files) const {
    if (!is_phantom(options_)) return read_case(files, data_, options_.trust_label_grid, log_);
    return draw_phantom(options_.seed, PhantomCase::of_id(files.id), options_.threads);
  }

  void add(const CaseFiles& files) {
    RawCase raw = read(files);
    const storage::ImageGeometry geometry = raw.geometry;
    const Preprocessed volume = preprocess(std::move(raw));
    writer_.add(case_info(files, geometry, volume),
                volume.image,
                volume.label.values,
                volume.channels,
                classes());
    hash_.add(files);
    if (files.split != "train") {
      ++summary_.validation_cases;
      return;
    }
    ++summary_.training_cases;
    fingerprint_.shapes.push_back(volume.crop_shape);
    fingerprint_.spacings_mm.push_back(volume.spacing_mm);
    fingerprint_.size_reductions.push_back(static_cast<double>(volume.crop_shape.size()) /
                                           static_cast<double>(geometry.shape.size()));
  }

  const PrepareOptions& options_;
  SourceData data_;
  Log& log_;
  storage::DatasetWriter writer_;
  Fingerprint fingerprint_;
  SourceHash hash_;
  std::vector<std::pair<std::string, std::string>> skipped_;
  PrepareSummary summary_;
};

}  // namespace

void PrepareOptions::check() const {
  const bool phantom = is_phantom(*this);
  if (patients < 0) throw UsageError("--patients must be at least 1");
  if (phantom && !root.empty()) throw UsageError("--root: phantoms are drawn, not read");
  if (phantom && !label_map.empty()) throw UsageError("--label-map: phantoms are drawn, not read");
  if (phantom && patients > 999) throw UsageError("--patients: at most 999 phantoms");
  if (phantom || !root.empty()) return;
  throw UsageError(fmt::format(
      "{0}: give the folder of the images with --root DIR{1}{2}",
      description.name,
      description.environment.empty() ? "" : fmt::format(" or {}=DIR", description.environment),
      description.obtain.empty() ? "" : "; to obtain them: " + description.obtain));
}

PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log) {
  options.check();
  SourceData data = is_phantom(options) ? list_phantoms(options) : list_files(options, log);
  Preparation preparation(options, std::move(data), log);
  preparation.add_all();
  return preparation.finish(std::move(provenance));
}

}  // namespace regionwise::planning

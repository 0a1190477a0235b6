#include "planning/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "planning/case_source.hpp"
#include "planning/nnunet_plans.hpp"
#include "planning/preprocess.hpp"
#include "planning/resampling.hpp"
#include "planning/survey.hpp"
#include "storage/dataset_file.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {
namespace {

bool is_phantom(const PrepareOptions& options) {
  return options.description.layout == Layout::phantom;
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

Json configuration(const PrepareOptions& options, const SourceHash& hash, const Plan& plan) {
  Json json = {{"data_set", options.description.name},
               {"patients", options.patients},
               {"plan_overrides", plan.overrides}};
  if (is_phantom(options)) return json;
  Json labels = Json::object();
  for (const auto& [value, target] : options.label_map) labels[std::to_string(value)] = target;
  json["label_map"] = labels;
  json["trust_label_grid"] = options.trust_label_grid;
  json["skip_bad"] = options.skip_bad;
  json["skip_errata"] = options.skip_errata;
  json["splits"] = options.splits.string();
  if (options.fold) json["fold"] = *options.fold;
  if (options.description.slices) json["preset"] = to_string(options.preset);
  json["source_files"] = hash.files();
  json["source_hash"] = hash.hash();
  return json;
}

Json overrides_of(const PrepareOptions& options) {
  return options.plan.empty() ? Json::object() : read_plan_overrides(options.plan);
}

std::string where_of(const PrepareOptions& options) {
  return options.plan.empty() ? "plan" : options.plan.string();
}

/// The first reading: every problem is listed, then refused or left out.
Survey survey_and_judge(const PrepareOptions& options, const CaseSource& source, Log& log) {
  Survey found = survey(source, log);
  if (!options.skip_bad) refuse(found, log);
  if (found.problems.size() == source.data().cases.size() + source.data().problems.size()) {
    throw DataError(options.root.string() + ": no case is left");
  }
  return found;
}

/// The second reading: preprocesses the cases one after the other and writes them.
class Writing {
 public:
  Writing(
      const PrepareOptions& options, const CaseSource& source, Survey found, Plan plan, Log& log)
      : options_(options),
        source_(source),
        log_(log),
        writer_(options.output, options.write),
        found_(std::move(found)) {
    summary_.plan = std::move(plan);
    for (const auto& [id, reason] : found_.problems) {
      log_.warn("left out: " + reason);
      skipped_.insert(id);
    }
    const Remarks& unwanted = source.data().left_out;
    found_.problems.insert(found_.problems.end(), unwanted.begin(), unwanted.end());
    std::sort(found_.problems.begin(), found_.problems.end());
    summary_.skipped_cases = static_cast<std::int64_t>(found_.problems.size());
  }

  void add_all() {
    const auto& cases = source_.data().cases;
    Progress progress(log_, "writing cases", static_cast<std::int64_t>(cases.size()));
    for (const CaseFiles& files : cases) {
      stop_if_interrupted();
      if (!skipped_.contains(files.id)) add(files);
      progress.advance(1, files.id);
    }
  }

  PrepareSummary finish(storage::Provenance provenance) {
    storage::DatasetInfo info;
    info.name = options_.description.name;
    info.channels = source_.data().channels;
    info.class_names = source_.data().classes;
    info.licence = options_.description.licence;
    info.citation = options_.description.citation;
    info.fingerprint = to_json(found_.fingerprint);
    info.plan = to_json(summary_.plan);
    info.skipped = found_.problems;
    provenance.configuration = configuration(options_, hash_, summary_.plan);
    if (is_phantom(options_)) provenance.seed = options_.seed;
    for (const auto& path : source_.data().metadata) provenance.inputs.push_back(path);
    for (const auto& file : {options_.plan, options_.splits}) {
      if (!file.empty()) provenance.inputs.push_back(file);
    }
    writer_.finish(info, provenance);
    return summary_;
  }

 private:
  void add(const CaseFiles& files) {
    RawCase raw = source_.read(files, nullptr);
    const storage::ImageGeometry geometry = raw.geometry;
    const Volume<Label> source_label = raw.label;
    CroppedCase cropped = crop_to_nonzero(std::move(raw));
    const geometry::Box box = cropped.box;
    const bool trains = files.split == "train";
    const Preprocessed volume = preprocess(
        std::move(cropped), summary_.plan, trains ? MaskSource::label : MaskSource::image);
    storage::CaseInfo info = placement(geometry, box, volume, summary_.plan);
    info.id = files.id;
    info.group = files.patient;
    info.split = files.split;
    writer_.add(std::move(info),
                volume.image,
                volume.label.values,
                volume.channels,
                source_.classes(),
                source_label);
    hash_.add(files);
    ++(trains ? summary_.training_cases : summary_.validation_cases);
  }

  const PrepareOptions& options_;
  const CaseSource& source_;
  Log& log_;
  storage::DatasetWriter writer_;
  Survey found_;
  std::set<std::string> skipped_;
  SourceHash hash_;
  PrepareSummary summary_;
};

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// What the headers alone say of the training cases.
Fingerprint fingerprint_of_headers(const CaseSource& source) {
  Fingerprint fingerprint;
  fingerprint.modalities = source.data().channels;
  fingerprint.foreground_classes = source.classes() - 1;
  fingerprint.intensities.resize(fingerprint.modalities.size());
  for (const CaseFiles& files : source.data().cases) {
    if (files.split != "train") continue;
    const auto geometry = storage::canonical_geometry(source.largest_grid(files));
    fingerprint.shapes.push_back(geometry.shape);
    fingerprint.spacings_mm.push_back(geometry.spacing_mm);
  }
  return fingerprint;
}

/// Bytes of a case's image, label and source label.
std::uintmax_t bytes_of(const storage::ImageGeometry& stored,
                        std::size_t channels,
                        const Plan& plan) {
  const auto geometry = storage::canonical_geometry(stored);
  std::array<std::size_t, 3> order{};
  Spacing3 spacing{};
  for (std::size_t i = 0; i < 3; ++i) {
    order[i] = static_cast<std::size_t>(plan.axis_order[i]);
    spacing[i] = geometry.spacing_mm[order[i]];
  }
  const Spacing3 target{spacing[0], plan.target_spacing_mm[1], plan.target_spacing_mm[2]};
  const Shape3 shape = resampled_shape(transposed(geometry.shape, order), spacing, target);
  const auto voxels = static_cast<std::uintmax_t>(shape.size());
  const bool same_grid = shape == geometry.shape;
  return voxels * (sizeof(float) * channels + sizeof(Label)) +
         (same_grid ? 0 : static_cast<std::uintmax_t>(geometry.shape.size()) * sizeof(Label));
}

DiskEstimate estimate(const PrepareOptions& options, const CaseSource& source) {
  const Plan plan =
      make_plan(fingerprint_of_headers(source), overrides_of(options), where_of(options));
  DiskEstimate result;
  for (const CaseFiles& files : source.data().cases) {
    ++result.cases;
    result.bytes += bytes_of(source.largest_grid(files), source.data().channels.size(), plan);
  }
  result.available_bytes = std::filesystem::space(folder_of(options.output)).available;
  return result;
}

/// Where headers are bad the survey will say so first.
void refuse_full_disk(const PrepareOptions& options, const CaseSource& source) {
  if (!source.data().problems.empty()) return;
  const DiskEstimate needed = estimate(options, source);
  if (options.write.compress > 0 || needed.bytes <= needed.available_bytes) return;
  throw IoError(fmt::format("{}: needs up to {:.1f} GB, but the disk has {:.1f} GB left",
                            options.output.string(),
                            static_cast<double>(needed.bytes) * 1e-9,
                            static_cast<double>(needed.available_bytes) * 1e-9));
}

}  // namespace

void PrepareOptions::check() const {
  const bool phantom = is_phantom(*this);
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

std::string describe(const PrepareSummary& summary) {
  return fmt::format("{} training and {} validation cases, {} left out; patch {}x{}",
                     summary.training_cases,
                     summary.validation_cases,
                     summary.skipped_cases,
                     summary.plan.patch_size[0],
                     summary.plan.patch_size[1]);
}

PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log) {
  options.check();
  const Json overrides = overrides_of(options);
  const CaseSource source(options, log);
  refuse_full_disk(options, source);
  Survey found = survey_and_judge(options, source, log);
  Plan plan = make_plan(found.fingerprint, overrides, where_of(options));
  plan.conversion = source.conversion();
  Writing writing(options, source, std::move(found), std::move(plan), log);
  writing.add_all();
  return writing.finish(std::move(provenance));
}

Plan plan_data_set(const PrepareOptions& options, Log& log) {
  options.check();
  const Json overrides = overrides_of(options);
  const CaseSource source(options, log);
  const Survey found = survey_and_judge(options, source, log);
  Plan plan = make_plan(found.fingerprint, overrides, where_of(options));
  plan.conversion = source.conversion();
  return plan;
}

DiskEstimate estimate_disk(const PrepareOptions& options, Log& log) {
  options.check();
  return estimate(options, CaseSource(options, log));
}

}  // namespace regionwise::planning

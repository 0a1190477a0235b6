#include "preprocessing/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "planning/crop.hpp"
#include "planning/nnunet_plans.hpp"
#include "planning/planner.hpp"
#include "planning/survey.hpp"
#include "preprocessing/disk.hpp"
#include "preprocessing/preprocess.hpp"
#include "sources/case_source.hpp"
#include "storage/dataset_file.hpp"

namespace regionwise::preprocessing {
namespace {

using planning::Fingerprint;
using planning::Plan;
using planning::PlanOverrides;
using planning::Survey;
using sources::CaseFiles;
using sources::CaseSource;

/// One hash for all image and label files: their own history would outgrow the data.
class SourceHash {
 public:
  void add(const CaseFiles& files) {
    for (const auto& path : files.images) add(path);
    if (!files.label.empty()) add(files.label);
  }
  std::int64_t files() const { return std::ssize(files_); }
  std::string hash() const { return hash_text(text_); }
  /// Path and hash of each.
  const std::vector<std::pair<std::string, std::string>>& list() const { return files_; }

 private:
  void add(const std::filesystem::path& path) {
    files_.emplace_back(path.string(), hash_file(path));
    text_ += files_.back().second + " " + path.filename().string() + "\n";
  }

  std::string text_;
  std::vector<std::pair<std::string, std::string>> files_;
};

Json configuration(const PrepareOptions& options, const SourceHash& hash, const Plan& plan) {
  const sources::SourceOptions& source = options.source;
  Json json = {{"data_set", source.description.name},
               {"patients", source.patients},
               {"plan_overrides", plan.overrides}};
  if (source.is_phantom()) return json;
  Json labels = Json::object();
  for (const auto& [value, target] : source.label_map) labels[std::to_string(value)] = target;
  json["label_map"] = labels;
  json["trust_label_grid"] = source.trust_label_grid;
  json["skip_bad"] = options.skip_bad;
  json["skip_errata"] = source.skip_errata;
  json["splits"] = source.splits.string();
  if (source.fold) json["fold"] = *source.fold;
  if (source.description.slices) json["preset"] = to_string(source.preset);
  json["source_files"] = hash.files();
  json["source_hash"] = hash.hash();
  return json;
}

PlanOverrides overrides_of(const PrepareOptions& options) {
  return options.plan.empty() ? PlanOverrides{} : planning::read_plan_overrides(options.plan);
}

/// Every problem is listed, then refused or left out.
void judge(const PrepareOptions& options, const CaseSource& source, const Survey& found, Log& log) {
  if (!options.skip_bad) refuse(found, log);
  if (found.grids.empty()) throw DataError(source.place() + ": no case is left");
  std::set<std::string> bad;
  for (const auto& [id, reason] : found.problems) bad.insert(id);
  std::set<std::string> splits;
  for (const CaseFiles& one : source.data().cases) {
    if (!bad.contains(one.id)) splits.insert(one.split);
  }
  for (const char* split : {"train", "validation"}) {
    if (!splits.contains(split)) log.warn(fmt::format("no case is left for \"{}\"", split));
  }
}

Plan plan_for(const PrepareOptions& options,
              const CaseSource& source,
              const Fingerprint& fingerprint,
              const PlanOverrides& overrides) {
  const std::string where = options.plan.empty() ? "plan" : options.plan.string();
  Json fields = overrides.fields;
  if (overrides.stored_axis_order) fields = resolved(overrides, source.orientations(), where);
  try {
    Plan plan = make_plan(fingerprint, fields, where);
    plan.conversion = source.conversion();
    if (fields.contains("conversion") && fields["conversion"] != plan.conversion) {
      throw UsageError(where +
                       ":conversion: the slices of this data set are converted otherwise; it was "
                       "printed under another --preset, or for another data set");
    }
    return plan;
  } catch (const DataError& error) {
    throw DataError(source.place() + ": " + error.what());
  }
}

/// A case as messages name it: by its image's file, where it has one.
std::string place_of(const CaseSource& source, const std::string& id) {
  const auto& cases = source.data().cases;
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const CaseFiles& one) { return one.id == id; });
  if (found == cases.end() || found->images.empty()) return "case " + id;
  return found->images.front().string();
}

/// The plan of what is left. A case whose pixels it would make far larger or smaller is found
/// before anything is resampled; left out, it still has its part in the plan's medians.
Plan judged_plan(const PrepareOptions& options,
                 const CaseSource& source,
                 Survey& found,
                 const PlanOverrides& overrides,
                 Log& log) {
  judge(options, source, found, log);
  Plan plan = plan_for(options, source, found.fingerprint, overrides);
  const std::size_t before = found.problems.size();
  std::erase_if(found.grids, [&](const planning::CaseGrid& grid) {
    const std::string problem = spacing_problem(grid.spacing_mm, plan);
    if (problem.empty()) return false;
    found.problems.emplace_back(
        grid.id,
        fmt::format("{}: {}, or leave it out with --skip-bad", place_of(source, grid.id), problem));
    return true;
  });
  std::sort(found.problems.begin(), found.problems.end());
  if (found.problems.size() > before) judge(options, source, found, log);
  return plan;
}

/// The second reading: preprocesses the cases one after the other and writes them.
class Writing {
 public:
  Writing(const PrepareOptions& options,
          const CaseSource& source,
          Survey found,
          Plan plan,
          std::string plan_hash,
          Log& log)
      : options_(options),
        plan_hash_(std::move(plan_hash)),
        source_(source),
        log_(log),
        writer_(options.output, options.write),
        found_(std::move(found)) {
    summary_.plan = std::move(plan);
    for (const auto& [id, reason] : found_.problems) {
      log_.warn("left out: " + reason);
      skipped_.insert(id);
    }
    const sources::Remarks& unwanted = source.data().left_out;
    found_.problems.insert(found_.problems.end(), unwanted.begin(), unwanted.end());
    std::sort(found_.problems.begin(), found_.problems.end());
    summary_.skipped_cases = static_cast<std::int64_t>(found_.problems.size());
  }

  void add_all() {
    const auto& cases = source_.data().cases;
    Progress progress(log_, "writing cases", static_cast<std::int64_t>(cases.size()));
    for (const CaseFiles& files : cases) {
      stop_if_interrupted();
      try {
        if (!skipped_.contains(files.id)) add(files);
      } catch (const std::bad_alloc&) {
        throw IoError(fmt::format(
            "case {} on the plan's grid (are its voxel spacing and target_spacing_mm right?): out "
            "of memory",
            files.id));
      }
      progress.advance(files.id);
    }
  }

  PrepareSummary finish(storage::Provenance provenance) {
    storage::DatasetInfo info;
    info.name = options_.source.description.name;
    info.channels = source_.data().channels;
    info.class_names = source_.data().classes;
    info.licence = options_.source.description.licence;
    info.citation = options_.source.description.citation;
    info.fingerprint = to_json(found_.fingerprint);
    info.plan = to_json(summary_.plan);
    info.skipped = found_.problems;
    info.source_files = hash_.list();
    provenance.configuration = configuration(options_, hash_, summary_.plan);
    if (options_.source.is_phantom()) provenance.seed = options_.source.seed;
    // These were read once; they may be pipes.
    if (!options_.plan.empty()) provenance.hashed_inputs.push_back({options_.plan, plan_hash_});
    if (!options_.source.splits.empty()) {
      provenance.hashed_inputs.push_back({options_.source.splits, source_.data().splits_hash});
    }
    writer_.finish(info, provenance);
    return summary_;
  }

 private:
  void add(const CaseFiles& files) {
    sources::RawCase raw = source_.read(files, nullptr);
    stop_if_interrupted();
    const storage::ImageGeometry geometry = raw.geometry;
    const Volume<Label> source_label = sources::label_on_grid(raw);
    const std::vector<std::int64_t> kept_slices = raw.kept_slices;
    planning::CroppedCase cropped = planning::crop_to_nonzero(std::move(raw));
    stop_if_interrupted();
    const geometry::Box box = cropped.box;
    const bool trains = files.split == "train";
    const Preprocessed volume = preprocess(std::move(cropped),
                                           summary_.plan,
                                           trains ? MaskSource::label : MaskSource::image,
                                           stop_if_interrupted);
    storage::CaseInfo info = placement(geometry, box, volume, summary_.plan, kept_slices);
    if (!info.kept_slices.empty() && info.axis_order[0] != 0) {
      throw DataError(files.id +
                      ": slices between others were removed, so that it cannot be cut along "
                      "another axis; begin axis_order with 0 (--plan), or close the gaps with "
                      "--preset authors");
    }
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
  const std::string plan_hash_;
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

DiskEstimate estimate(const PrepareOptions& options,
                      const CaseSource& source,
                      const Survey& found,
                      const Plan& plan) {
  DiskEstimate result;
  result.cases = std::ssize(found.grids);
  result.bytes = dataset_bytes(
      found.grids, static_cast<int>(source.data().channels.size()), source.classes(), plan);
  result.available_bytes = std::filesystem::space(folder_of(options.output)).available;
  return result;
}

std::string shortage(const PrepareOptions& options, const char* needs, const DiskEstimate& needed) {
  return fmt::format("{}: {} {:.3f} GB, but the disk has {:.3f} GB left",
                     options.output.string(),
                     needs,
                     static_cast<double>(needed.bytes) * 1e-9,
                     static_cast<double>(needed.available_bytes) * 1e-9);
}

/// Before anything is read, when it is not known how much cropping saves.
void warn_of_full_disk(const PrepareOptions& options,
                       const CaseSource& source,
                       const PlanOverrides& overrides,
                       Log& log) {
  if (options.write.compress > 0) return;
  const Survey headers = planning::survey_headers(source);
  try {
    const Plan plan = plan_for(options, source, headers.fingerprint, overrides);
    const DiskEstimate needed = estimate(options, source, headers, plan);
    if (needed.bytes > needed.available_bytes) {
      log.warn(shortage(options, "may need up to", needed) + "; free some meanwhile");
    }
  } catch (const Error&) {
    // What cannot be planned as it is may be planned when it is cropped.
  }
}

void refuse_full_disk(const PrepareOptions& options,
                      const CaseSource& source,
                      const Survey& found,
                      const Plan& plan) {
  if (options.write.compress > 0) return;
  const DiskEstimate needed = estimate(options, source, found, plan);
  if (needed.bytes <= needed.available_bytes) return;
  throw IoError(shortage(options, "needs", needed));
}

}  // namespace

std::string describe(const PrepareSummary& summary) {
  return fmt::format("{} training and {} validation cases, {} left out; patch {}x{}",
                     summary.training_cases,
                     summary.validation_cases,
                     summary.skipped_cases,
                     summary.plan.patch_size[0],
                     summary.plan.patch_size[1]);
}

PrepareSummary prepare(const PrepareOptions& options, storage::Provenance provenance, Log& log) {
  options.source.check();
  const PlanOverrides overrides = overrides_of(options);
  const CaseSource source(options.source, log);
  for (const auto& path : source.data().metadata) provenance.inputs.push_back(path);
  warn_of_full_disk(options, source, overrides, log);
  Survey found = planning::survey(source, log);
  Plan plan = judged_plan(options, source, found, overrides, log);
  refuse_full_disk(options, source, found, plan);
  Writing writing(options, source, std::move(found), std::move(plan), overrides.hash, log);
  writing.add_all();
  return writing.finish(std::move(provenance));
}

Plan plan_data_set(const PrepareOptions& options, Log& log) {
  options.source.check();
  const PlanOverrides overrides = overrides_of(options);
  const CaseSource source(options.source, log);
  Survey found = planning::survey(source, log);
  return judged_plan(options, source, found, overrides, log);
}

DiskEstimate estimate_disk(const PrepareOptions& options, Log& log) {
  options.source.check();
  const PlanOverrides overrides = overrides_of(options);
  const CaseSource source(options.source, log);
  Survey headers = planning::survey_headers(source);
  const Plan plan = judged_plan(options, source, headers, overrides, log);
  for (const auto& [id, reason] : headers.problems) log.warn("left out: " + reason);
  return estimate(options, source, headers, plan);
}

}  // namespace regionwise::preprocessing

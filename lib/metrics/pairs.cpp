#include "metrics/pairs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/parallel.hpp"
#include "core/regular_expression.hpp"
#include "core/text.hpp"
#include "storage/class_names.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise::metrics {
namespace {

namespace fs = std::filesystem;

bool is_nifti(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.starts_with('.') && storage::nifti_stem(name);
}

std::set<std::string> nifti_files(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw IoError(folder.string() + ": is not a folder");
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!is_nifti(entry.path())) continue;
    const std::string name = entry.path().filename().string();
    names.insert(require_plain(name, readable(entry.path().string())));
  }
  if (names.empty()) throw DataError(folder.string() + ": holds no .nii or .nii.gz file");
  return names;
}

void need_partners(const std::set<std::string>& names,
                   const std::set<std::string>& others,
                   const fs::path& folder,
                   const fs::path& other_folder) {
  for (const std::string& name : names) {
    if (others.contains(name)) continue;
    throw DataError(fmt::format("{}: has no partner of the same name in {}",
                                (folder / name).string(),
                                other_folder.string()));
  }
}

std::string case_id(const std::string& file_name) {
  return storage::nifti_stem(file_name).value_or(file_name);
}

/// Finds the patient in the name of a case.
class PatientOf {
 public:
  explicit PatientOf(const std::string& expression) : expression_(expression) {
    if (expression.empty()) return;
    regex_ = with_context("--patient", [&] { return compile_regex(expression); });
    if (regex_.mark_count() == 0) {
      throw UsageError(
          fmt::format("--patient {}: has no group in parentheses for the patient", expression));
    }
  }

  std::string operator()(const fs::path& file, const std::string& id) const {
    if (expression_.empty()) return id;
    std::smatch groups;
    if (std::regex_search(id, groups, regex_) && groups[1].length() > 0) return groups[1];
    throw DataError(
        fmt::format("{}: --patient {} finds no patient in its name", file.string(), expression_));
  }

 private:
  std::string expression_;
  std::regex regex_;
};

/// What a `Label` holds.
constexpr std::int32_t kLargestLabel = std::numeric_limits<Label>::max() - 1;

/// Largest label in a folder of references.
std::int32_t largest_label(const fs::path& folder,
                           const std::set<std::string>& names,
                           int threads) {
  std::vector<std::int32_t> largest(names.size());
  const std::vector<std::string> list(names.begin(), names.end());
  parallel_for(static_cast<std::int64_t>(list.size()), threads, [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    const auto labels = storage::read_nifti_labels(folder / list[index]);
    largest[index] = *std::max_element(labels.labels.values.begin(), labels.labels.values.end());
  });
  return *std::max_element(largest.begin(), largest.end());
}

Volume<Label> read_labels(const fs::path& path,
                          std::size_t classes,
                          storage::ImageGeometry& geometry) {
  const storage::NiftiLabels read = storage::read_nifti_labels(path);
  geometry = read.geometry;
  Volume<Label> labels(read.labels.shape);
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    const std::int32_t value = read.labels.values[i];
    if (value < 0 || value > static_cast<std::int32_t>(classes)) {
      throw DataError(fmt::format("{}: label {} is beyond the {} classes: name all with --classes",
                                  path.string(),
                                  value,
                                  classes));
    }
    labels.values[i] = static_cast<Label>(value);
  }
  return labels;
}

/// A prediction and its reference, voxel by voxel.
struct LabelPair {
  Volume<Label> predicted;
  Volume<Label> reference;
  Spacing3 spacing_mm;
};

[[noreturn]] void refuse_grid(const fs::path& prediction,
                              const fs::path& reference,
                              double distance_mm) {
  const std::string how = std::isfinite(distance_mm)
                              ? fmt::format("corners {:.3g} mm apart", distance_mm)
                              : "other numbers of voxels";
  throw DataError(
      fmt::format("{}: lies on another grid than {} ({}): resample it onto the reference's grid, "
                  "each voxel to the nearest label",
                  prediction.string(),
                  reference.string(),
                  how));
}

/// A prediction that is stored along other axes is turned to the reference's.
LabelPair read_pair(const fs::path& prediction, const fs::path& reference, std::size_t classes) {
  storage::ImageGeometry predicted_geometry;
  storage::ImageGeometry geometry;
  LabelPair pair{read_labels(prediction, classes, predicted_geometry),
                 read_labels(reference, classes, geometry),
                 predicted_geometry.spacing_mm};
  const double voxel = *std::min_element(pair.spacing_mm.begin(), pair.spacing_mm.end());
  const double distance = storage::corner_distance_mm(predicted_geometry, geometry);
  if (distance <= voxel) return pair;
  const double turned = storage::corner_distance_mm(storage::canonical_geometry(predicted_geometry),
                                                    storage::canonical_geometry(geometry));
  if (turned > voxel) refuse_grid(prediction, reference, std::min(distance, turned));
  pair.predicted = storage::to_stored(
      storage::to_canonical(std::move(pair.predicted), storage::orientation_of(predicted_geometry)),
      geometry.shape,
      storage::orientation_of(geometry));
  pair.spacing_mm = geometry.spacing_mm;
  return pair;
}

}  // namespace

storage::MetricsRecord score_folders(const fs::path& predictions,
                                     const fs::path& references,
                                     const FolderOptions& options,
                                     Log& log) {
  const PatientOf patient_of(options.patient);
  const std::set<std::string> names = nifti_files(predictions);
  const std::set<std::string> reference_names = nifti_files(references);
  need_partners(names, reference_names, predictions, references);
  need_partners(reference_names, names, references, predictions);
  std::vector<std::string> classes = options.class_names;
  if (classes.size() > std::size_t{kLargestLabel}) {
    throw UsageError(fmt::format(
        "--classes names {} classes, expected at most {}", classes.size(), kLargestLabel));
  }
  const std::string wrong = storage::problem_of_class_names(classes);
  if (!wrong.empty()) throw UsageError("--classes: " + wrong);
  if (classes.empty()) {
    const std::int32_t largest = largest_label(references, names, options.threads);
    if (largest < 1 || largest > kLargestLabel) {
      throw DataError(fmt::format("{}: the largest label is {}, expected 1 to {}",
                                  references.string(),
                                  largest,
                                  kLargestLabel));
    }
    for (std::int32_t k = 1; k <= largest; ++k) classes.push_back(fmt::format("label {}", k));
  }
  storage::MetricsRecord record = make_record(classes, options.rule);
  std::vector<std::int64_t> class_voxels(classes.size() + 1, 0);
  Progress progress(log, "case", static_cast<std::int64_t>(names.size()));
  for (const std::string& name : names) {
    options.between_cases();
    const LabelPair pair = read_pair(predictions / name, references / name, classes.size());
    const std::string id = case_id(name);
    const std::string patient = patient_of(predictions / name, id);
    score_case(record,
               id,
               patient,
               pair.predicted.view(),
               pair.reference.view(),
               pair.spacing_mm,
               options.threads);
    for (const Label label : pair.reference.values) ++class_voxels[static_cast<std::size_t>(label)];
    progress.advance(name);
  }
  for (std::size_t k = 1; k < class_voxels.size(); ++k) {
    record.class_shares.push_back(static_cast<double>(class_voxels[k]) /
                                  static_cast<double>(class_voxels[0]));
  }
  return record;
}

std::string hash_of_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const std::string& name : nifti_files(folder)) paths.push_back(folder / name);
  return hash_files(paths);
}

}  // namespace regionwise::metrics

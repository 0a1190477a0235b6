#include "planning/adapter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>

#include "core/error.hpp"
#include "planning/layout.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {
namespace {

namespace fs = std::filesystem;
using detail::FoundCase;
using detail::FoundCases;
using storage::ImageGeometry;

constexpr double kSilentCornerDistanceMm = 0.01;
constexpr double kFinestUsualSpacingMm = 0.05;
constexpr double kCoarsestUsualSpacingMm = 50;

void check_root(const fs::path& root) {
  if (!fs::exists(root)) throw IoError(root.string() + ": no such folder");
  if (!fs::is_directory(root)) throw IoError(root.string() + ": not a folder");
}

/// What is missing of a case; empty where nothing is.
std::string missing_part(const FoundCase& found, const std::string& id, const SourceData& source) {
  std::vector<std::string> channels;
  for (std::size_t c = 0; found.by_channel && c < source.channels.size(); ++c) {
    if (!found.images.contains(c))
      channels.push_back(fmt::format("channel {} ({})", c, source.channels[c]));
  }
  if (!found.images.empty() && !found.label.empty() && channels.empty()) return {};
  const std::string& or_skip = source.remedies.otherwise;
  if (!found.unread.empty()) {
    return fmt::format("{}: images of this kind are not read; convert it to .nii.gz or .nii, {}",
                       found.unread.string(),
                       or_skip);
  }
  if (found.images.empty() && found.label.empty()) {
    return fmt::format(
        "dataset.json lists case {}, but its image and label are missing; add them "
        "or remove the entry, {}",
        id,
        or_skip);
  }
  if (found.images.empty()) {
    return fmt::format("{}: label without image; add the image or remove the label, {}",
                       found.label.string(),
                       or_skip);
  }
  const std::string first = found.images.begin()->second.string();
  std::string problem;
  if (found.label.empty()) {
    problem = first + ": image without label; add the label or remove the image";
  }
  if (!channels.empty()) {
    problem += fmt::format("{}{}: {} of case {} missing beside it; add the file{}",
                           problem.empty() ? "" : "; ",
                           first,
                           fmt::join(channels, ", "),
                           id + (channels.size() == 1 ? " is" : " are"),
                           channels.size() == 1 ? "" : "s");
  }
  return fmt::format("{}, {}", problem, or_skip);
}

/// All that is wrong with the files found of a case.
std::vector<std::string> problems_of(const FoundCase& found,
                                     const std::string& id,
                                     const SourceData& source) {
  std::vector<std::string> problems = found.problems;
  if (!problems.empty() && found.images.empty() && found.label.empty()) return problems;
  const std::string missing = missing_part(found, id, source);
  if (!missing.empty()) problems.push_back(missing);
  return problems;
}

std::string patient_of(const std::string& id,
                       const FoundCase& found,
                       const std::string& expression,
                       std::vector<std::string>& problems) {
  if (!found.patient.empty()) return found.patient;
  if (expression.empty()) return id;
  std::smatch groups;
  if (!std::regex_search(id, groups, detail::compile(expression))) {
    problems.push_back(fmt::format(
        "case {}: the description's patient expression {} does not match", id, expression));
    return id;
  }
  return groups.size() > 1 ? groups[1].str() : groups[0].str();
}

/// Problems by case; several of one case become one line.
class Problems {
 public:
  void add(const std::string& id, const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) {
      std::string& text = by_id_[id];
      if (!text.empty()) text += "; ";
      text += problem;
    }
  }

  /// Moves them to the data set, whose bad cases are removed.
  void move_to(SourceData& source) {
    std::erase_if(source.cases, [&](const CaseFiles& one) { return by_id_.contains(one.id); });
    for (auto& entry : by_id_) source.problems.push_back(std::move(entry));
    std::sort(source.problems.begin(), source.problems.end());
    by_id_.clear();
  }

 private:
  std::map<std::string, std::string> by_id_;
};

void complete_label_map(const Description& description, SourceData& source) {
  if (source.label_map.empty()) {
    for (std::size_t k = 0; k < source.classes.size(); ++k) {
      source.label_map[static_cast<std::int32_t>(k)] = static_cast<int>(k);
    }
  }
  for (const auto& [value, target] : description.label_map) {
    if (target < 0 || target >= static_cast<int>(source.classes.size())) {
      throw UsageError(fmt::format(
          "label map {}={}: the classes are 0 to {}", value, target, source.classes.size() - 1));
    }
    source.label_map[value] = target;
  }
}

std::string text_of(const Shape3& shape) {
  return fmt::format("{}x{}x{}", shape.width, shape.height, shape.depth);
}

/// How a file lies beside the case's first image.
struct Placement {
  std::string problem;  ///< Empty where it lies on the same grid,
  std::string warning;  ///< perhaps not exactly.
  storage::Orientation orientation;
};

/// A file stored along other axes than the first image is on its grid if the same voxels lie at the
/// same places once both are canonical.
Placement place(const fs::path& path,
                const ImageGeometry& geometry,
                const fs::path& reference,
                const ImageGeometry& expected,
                bool trust_grid,
                const std::string& or_skip,
                const std::string& remedy) {
  Placement result;
  result.orientation = storage::orientation_of(expected);
  double distance = storage::corner_distance_mm(geometry, expected);
  const double turned = storage::corner_distance_mm(storage::canonical_geometry(geometry),
                                                    storage::canonical_geometry(expected));
  if (turned < distance && (!trust_grid || geometry.shape != expected.shape)) {
    result.orientation = storage::orientation_of(geometry);
    distance = turned;
  }
  if (distance < kSilentCornerDistanceMm) return result;
  if (geometry.shape != expected.shape && !std::isfinite(turned)) {
    result.problem = fmt::format(
        "{}: has {} voxels (x, y, z), but {} has {}; pair the files that belong together {}",
        path.string(),
        text_of(geometry.shape),
        reference.filename().string(),
        text_of(expected.shape),
        or_skip);
    return result;
  }
  const double voxel = *std::min_element(expected.spacing_mm.begin(), expected.spacing_mm.end());
  const std::string finding = fmt::format("{}: its corners lie up to {:.3g} mm from those of {}",
                                          path.string(),
                                          distance,
                                          reference.filename().string());
  if (distance < voxel || trust_grid) {
    result.warning = finding + "; taken as the same grid";
  } else {
    result.problem = finding + remedy;
  }
  return result;
}

std::string unusual_spacing(const fs::path& path, const Spacing3& spacing_mm) {
  for (const double s : spacing_mm) {
    if (s >= kFinestUsualSpacingMm && s <= kCoarsestUsualSpacingMm) continue;
    return fmt::format(
        "{}: a voxel spacing of {:.3g} mm is unusual; check the file's units", path.string(), s);
  }
  return {};
}

/// What a table of the true spacing says against a header.
std::string contradiction(const CaseFiles& files,
                          const SourceData& source,
                          const ImageGeometry& geometry) {
  constexpr double kTolerance = 0.01;
  const auto expected = source.in_slice_mm.find(files.id);
  if (expected == source.in_slice_mm.end()) return {};
  const Spacing3 found = storage::canonical_geometry(geometry).spacing_mm;
  const double error =
      std::max(std::abs(found[1] - expected->second), std::abs(found[2] - expected->second));
  if (error <= kTolerance * expected->second) return {};
  return fmt::format("{}: pixels of {:.4g} x {:.4g} mm, but {} says {:.4g} mm; the file's is used",
                     files.images.front().string(),
                     found[2],
                     found[1],
                     source.metadata.back().filename().string(),
                     expected->second);
}

/// What the headers of a case's files say.
struct CaseHeaders {
  ImageGeometry geometry;  ///< Of the first image.
  int channels = 0;
  std::vector<storage::Orientation> images;  ///< One per image.
  storage::Orientation label;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;

  storage::Orientation accept(const Placement& placement) {
    if (!placement.problem.empty()) problems.push_back(placement.problem);
    if (!placement.warning.empty()) warnings.push_back(placement.warning);
    return placement.orientation;
  }
};

/// Reads one header. A bad one is remembered, an unreadable file is an IoError.
std::optional<storage::NiftiImage> read_header(const fs::path& path, CaseHeaders& headers) {
  try {
    return storage::read_nifti_header(path);
  } catch (const DataError& error) {
    headers.problems.emplace_back(error.what());
    return std::nullopt;
  }
}

CaseHeaders read_headers(const CaseFiles& files, const SourceData& source, bool trust_label_grid) {
  CaseHeaders headers;
  const fs::path& first = files.images.front();
  for (const fs::path& path : files.images) {
    const auto image = read_header(path, headers);
    if (!image) continue;
    if (headers.channels == 0) {
      headers.geometry = image->geometry;
      const std::string unusual = unusual_spacing(path, image->geometry.spacing_mm);
      if (!unusual.empty()) headers.warnings.push_back(unusual);
      const std::string wrong = contradiction(files, source, image->geometry);
      if (!wrong.empty()) headers.warnings.push_back(wrong);
    }
    headers.channels += image->channels;
    headers.images.push_back(
        headers.accept(place(path,
                             image->geometry,
                             first,
                             headers.geometry,
                             false,
                             source.remedies.otherwise,
                             "; resample the channels to one grid " + source.remedies.otherwise)));
  }
  const bool images_are_good = headers.problems.empty();
  if (images_are_good && headers.channels != static_cast<int>(source.channels.size())) {
    headers.problems.push_back(fmt::format("{}: holds {} channels, expected {} ({}); {} {}",
                                           first.string(),
                                           headers.channels,
                                           source.channels.size(),
                                           fmt::join(source.channels, ", "),
                                           source.remedies.channels,
                                           source.remedies.otherwise));
  }
  if (files.label.empty()) return headers;
  const auto label = read_header(files.label, headers);
  if (!label) return headers;
  if (label->channels != 1) {
    headers.problems.push_back(fmt::format(
        "{}: a label map has one channel, this has {}", files.label.string(), label->channels));
  }
  if (headers.channels == 0) return headers;
  headers.label =
      headers.accept(place(files.label,
                           label->geometry,
                           first,
                           headers.geometry,
                           trust_label_grid,
                           source.remedies.otherwise,
                           "; check the pair, or take the label for one on the image's grid with "
                           "--trust-label-grid"));
  return headers;
}

/// "5123 voxels hold 255, which is no class (…); remedy"
[[noreturn]] void refuse_values(const CaseFiles& files,
                                const std::map<std::int32_t, std::int64_t>& unknown,
                                bool knows_foreground,
                                const SourceData& source) {
  std::vector<std::string> found;
  for (const auto& [value, count] : unknown) {
    if (found.size() < 4) found.push_back(fmt::format("{} ({} voxels)", value, count));
  }
  if (unknown.size() > found.size()) {
    found.push_back(fmt::format("and {} more", unknown.size() - found.size()));
  }
  std::vector<std::string> known;
  for (const auto& [value, target] : source.label_map) {
    known.push_back(fmt::format("{} {}", value, source.classes[static_cast<std::size_t>(target)]));
  }
  // A mask stored as 0 and 255 has only one reading.
  const bool is_mask = source.classes.size() == 2 && unknown.size() == 1 && !knows_foreground;
  throw DataError(fmt::format(
      "{}: case {}: label value {} is no class (known: {}); give it one with --label-map {}={}, or "
      "leave the case out with --skip-bad",
      files.label.string(),
      files.id,
      fmt::join(found, ", "),
      fmt::join(known, ", "),
      unknown.begin()->first,
      is_mask ? "1" : "CLASS"));
}

Volume<Label> read_classes(const CaseFiles& files,
                           const SourceData& source,
                           const storage::Orientation& orientation) {
  storage::NiftiClasses read = storage::read_nifti_classes(files.label, source.label_map);
  if (!read.unknown.empty()) {
    const auto& values = read.classes.values;
    const bool knows_foreground =
        std::any_of(values.begin(), values.end(), [](Label label) { return label > 0; });
    refuse_values(files, read.unknown, knows_foreground, source);
  }
  return storage::to_canonical(std::move(read.classes), orientation);
}

/// Removes cases that are known to be wrong.
void leave_out_errata(const std::vector<Erratum>& errata, bool skip, SourceData& source, Log& log) {
  std::vector<std::string> present;
  for (const Erratum& erratum : errata) {
    const auto is_it = [&](const CaseFiles& one) { return one.id == erratum.case_id; };
    if (std::none_of(source.cases.begin(), source.cases.end(), is_it)) continue;
    present.push_back(erratum.case_id);
    if (!skip) continue;
    std::erase_if(source.cases, is_it);
    source.left_out.emplace_back(erratum.case_id,
                                 fmt::format("known error ({}): {}", erratum.date, erratum.reason));
  }
  if (present.empty() || skip) return;
  log.info(fmt::format("{} of the cases have known errors ({}); --skip-errata leaves them out",
                       present.size(),
                       fmt::join(present, ", ")));
}

}  // namespace

SourceData find_cases(const Description& description,
                      const fs::path& root,
                      Log& log,
                      const FindOptions& options) {
  check_root(root);
  SourceData source;
  source.channels = description.channels;
  source.classes = description.classes;
  const FoundCases found = description.layout == Layout::decathlon
                               ? detail::read_decathlon(root, source, log)
                               : detail::find_by_pattern(description, root, source);
  complete_label_map(description, source);
  Problems problems;
  for (const auto& [id, one] : found) {
    std::vector<std::string> wrong = problems_of(one, id, source);
    const std::string patient = patient_of(id, one, description.patient_expression, wrong);
    CaseFiles files{id, patient, {}, {}, one.label};
    for (const auto& [channel, path] : one.images) files.images.push_back(path);
    source.cases.push_back(std::move(files));
    problems.add(id, wrong);
  }
  if (options.splits) {
    source.left_out = apply_splits(*options.splits, source.cases);
    source.splits_hash = options.splits->hash;
  } else {
    split_by_rule(description, source.cases);
    for (const CaseFiles& one : source.cases) {
      if (!one.split.empty()) continue;
      problems.add(
          one.id,
          {fmt::format(
              "case {}: the name of patient {} holds no number to split by", one.id, one.patient)});
    }
  }
  problems.move_to(source);
  leave_out_errata(description.errata, options.skip_errata, source, log);
  return source;
}

void check_headers(SourceData& source, bool trust_label_grid) {
  Problems problems;
  for (const CaseFiles& one : source.cases)
    problems.add(one.id, read_headers(one, source, trust_label_grid).problems);
  problems.move_to(source);
}

RawCase read_case(const CaseFiles& files,
                  const SourceData& source,
                  bool trust_label_grid,
                  Log* log) {
  const CaseHeaders headers = read_headers(files, source, trust_label_grid);
  if (!headers.problems.empty()) throw DataError(headers.problems.front());
  for (const std::string& warning : headers.warnings) {
    if (log != nullptr) log->warn(warning);
  }
  RawCase raw;
  raw.id = files.id;
  raw.channels = headers.channels;
  raw.geometry = headers.geometry;
  raw.image_files = files.images;
  raw.label_file = files.label;
  for (std::size_t i = 0; i < files.images.size(); ++i) {
    storage::NiftiImage image = storage::read_nifti(files.images[i]);
    auto values =
        storage::to_canonical(std::move(image.values), image.geometry.shape, headers.images[i]);
    if (files.images.size() == 1) {
      raw.image = std::move(values);
    } else {
      raw.image.reserve(static_cast<std::size_t>(raw.channels * raw.geometry.shape.size()));
      raw.image.insert(raw.image.end(), values.begin(), values.end());
    }
  }
  if (!files.label.empty()) raw.label = read_classes(files, source, headers.label);
  return raw;
}

}  // namespace regionwise::planning

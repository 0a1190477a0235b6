#include "sources/case_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "sources/layout.hpp"
#include "sources/problems.hpp"
#include "storage/nifti.hpp"
#include "storage/orientation.hpp"

namespace regionwise::sources {
namespace {

namespace fs = std::filesystem;
using storage::ImageGeometry;

constexpr double kSilentCornerDistanceMm = 0.01;
constexpr double kFinestUsualSpacingMm = 0.05;
constexpr double kCoarsestUsualSpacingMm = 50;
/// More values than these that are no class are intensities.
constexpr std::size_t kMostUnknownLabels = 50;

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
        "{}: a voxel spacing of {:.4g} mm is unusual; check the file's units", path.string(), s);
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

/// What keeps a path from being read as a file; empty where nothing does. Pipes are not waited for.
std::string unreadable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status(detail::type_of(path));
  if (fs::is_regular_file(status)) return {};
  if (fs::is_symlink(fs::symlink_status(path, error)) && !fs::exists(status)) {
    return fmt::format("{}: a link that leads nowhere ({}); fetch the file",
                       path.string(),
                       fs::read_symlink(path, error).string());
  }
  if (!fs::exists(status)) return {};  // opening it says why
  return path.string() + ": not a file";
}

/// Reads one header. A bad one is remembered, and so is a file that cannot be opened.
std::optional<storage::NiftiImage> read_header(const fs::path& path, CaseHeaders& headers) {
  const std::string why_not = unreadable(path);
  if (!why_not.empty()) {
    headers.problems.push_back(why_not);
    return std::nullopt;
  }
  try {
    return storage::read_nifti_header(path);
  } catch (const Error& error) {
    if (error.of_machine()) throw;
    headers.problems.emplace_back(error.what());
    return std::nullopt;
  }
}

CaseHeaders read_image_headers(const CaseFiles& files, const SourceData& source) {
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
  return headers;
}

void read_label_header(const CaseFiles& files,
                       const SourceData& source,
                       bool trust_label_grid,
                       CaseHeaders& headers) {
  const auto label = read_header(files.label, headers);
  if (!label) return;
  if (label->channels != 1) {
    headers.problems.push_back(fmt::format(
        "{}: a label map has one channel, this has {}", files.label.string(), label->channels));
  }
  if (headers.channels == 0) return;
  headers.label =
      headers.accept(place(files.label,
                           label->geometry,
                           files.images.front(),
                           headers.geometry,
                           trust_label_grid,
                           source.remedies.otherwise,
                           "; check the pair, or take the label for one on the image's grid with "
                           "--trust-label-grid"));
}

CaseHeaders read_headers(const CaseFiles& files, const SourceData& source, bool trust_label_grid) {
  CaseHeaders headers = read_image_headers(files, source);
  if (!files.label.empty()) read_label_header(files, source, trust_label_grid, headers);
  return headers;
}

/// "5123 voxels hold 255, which is no class (…); remedy"
[[noreturn]] void refuse_values(const CaseFiles& files,
                                const std::map<std::int32_t, std::int64_t>& unknown,
                                bool knows_foreground,
                                const SourceData& source) {
  if (unknown.size() > kMostUnknownLabels) {
    throw DataError(fmt::format(
        "{}: case {}: {} values from {} to {} are no class: looks like an image, not a label map; "
        "put the case's label map in its place, or leave the case out with --skip-bad",
        files.label.string(),
        files.id,
        unknown.size(),
        unknown.begin()->first,
        unknown.rbegin()->first));
  }
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

}  // namespace

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

}  // namespace regionwise::sources

#include "planning/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <new>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "planning/crop.hpp"
#include "planning/intensity.hpp"
#include "storage/orientation.hpp"

namespace regionwise::planning {
namespace {

using sources::CaseFiles;
using sources::CaseSource;

Survey empty_survey(const CaseSource& source) {
  Survey found;
  found.problems = source.data().problems;
  found.fingerprint.modalities = source.data().channels;
  found.fingerprint.foreground_classes = source.classes() - 1;
  return found;
}

using Classes = std::bitset<256>;

Classes classes_in(const Volume<Label>& labels) {
  Classes held;
  for (const Label label : labels.values) held.set(static_cast<std::uint8_t>(label));
  return held;
}

/// Which classes the cases hold, for a reader: labels under another number, or the labels of
/// another task, show so.
void report_classes(const std::vector<Classes>& cases,
                    const std::vector<std::string>& names,
                    Log& log) {
  Classes foreground;
  for (std::size_t k = 1; k < names.size(); ++k) foreground.set(k);
  Classes held;
  for (const Classes& one : cases) held |= one & foreground;
  for (std::size_t k = 1; k < names.size(); ++k) {
    if (!held[k]) log.warn(fmt::format("no case holds class {} ({})", k, names[k]));
  }
  const auto empty =
      std::ranges::count_if(cases, [&](const Classes& one) { return (one & held).none(); });
  const auto lacking =
      std::ranges::count_if(cases, [&](const Classes& one) { return (one & held) != held; });
  if (lacking > empty) {
    log.info(fmt::format("{} of {} cases lack a class that others hold; {} hold no foreground",
                         lacking,
                         cases.size(),
                         empty));
  } else if (empty > 0) {
    log.info(fmt::format("{} of {} cases hold no foreground", empty, cases.size()));
  }
}

}  // namespace

Survey survey(const CaseSource& source, Log& log) {
  const sources::SourceData& data = source.data();
  Survey found = empty_survey(source);
  Fingerprint& fingerprint = found.fingerprint;
  IntensityCollector intensities(data.channels.size());
  std::vector<Classes> held;
  Progress progress(log, "checking cases", static_cast<std::int64_t>(data.cases.size()));
  for (const CaseFiles& files : data.cases) {
    stop_if_interrupted();
    try {
      sources::RawCase raw = source.read(files, &log);
      stop_if_interrupted();
      const Classes classes = classes_in(raw.label);
      const Shape3 whole = storage::canonical_geometry(raw.geometry).shape;
      const CroppedCase cropped = crop_to_nonzero(std::move(raw));
      stop_if_interrupted();
      found.grids.push_back({files.id, whole, cropped.box.shape, cropped.spacing_mm, false});
      held.push_back(classes);
      if (files.split == "train") {
        fingerprint.shapes.push_back(cropped.box.shape);
        fingerprint.spacings_mm.push_back(cropped.spacing_mm);
        fingerprint.size_reductions.push_back(cropped.size_reduction());
        intensities.add(cropped);
      }
    } catch (const Error& error) {
      if (error.code() != ExitCode::bad_data && error.code() != ExitCode::io) throw;
      // Nothing is wrong with the case: on another day it must not be left out.
      if (error.of_machine()) throw;
      found.problems.emplace_back(files.id, error.what());
    } catch (const std::bad_alloc&) {
      throw IoError(fmt::format("case {}: out of memory", files.id));  // as above
    }
    progress.advance(files.id);
  }
  std::sort(found.problems.begin(), found.problems.end());
  if (!held.empty()) report_classes(held, data.classes, log);
  fingerprint.intensities = intensities.statistics();
  return found;
}

Survey survey_headers(const CaseSource& source) {
  Survey found = empty_survey(source);
  Fingerprint& fingerprint = found.fingerprint;
  fingerprint.intensities.resize(fingerprint.modalities.size());
  for (const CaseFiles& files : source.data().cases) {
    const auto grid = storage::canonical_geometry(source.largest_grid(files));
    found.grids.push_back({files.id, grid.shape, grid.shape, grid.spacing_mm, true});
    if (files.split != "train") continue;
    fingerprint.shapes.push_back(grid.shape);
    fingerprint.spacings_mm.push_back(grid.spacing_mm);
  }
  return found;
}

void refuse(const Survey& found, Log& log) {
  if (found.problems.empty()) return;
  if (found.problems.size() == 1) throw DataError(found.problems.front().second);
  for (const auto& [id, reason] : found.problems) log.finding(reason);
  throw DataError(fmt::format(
      "{} cases cannot be used, named above: mend them, or leave them out with --skip-bad",
      found.problems.size()));
}

}  // namespace regionwise::planning

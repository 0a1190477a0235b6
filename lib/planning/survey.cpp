#include "planning/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "planning/crop.hpp"
#include "planning/intensity.hpp"

namespace regionwise::planning {

Survey survey(const CaseSource& source, Log& log) {
  const SourceData& data = source.data();
  Survey found;
  found.problems = data.problems;
  Fingerprint& fingerprint = found.fingerprint;
  fingerprint.modalities = data.channels;
  fingerprint.foreground_classes = source.classes() - 1;
  IntensityCollector intensities(data.channels.size());
  Progress progress(log, "checking cases", static_cast<std::int64_t>(data.cases.size()));
  for (const CaseFiles& files : data.cases) {
    stop_if_interrupted();
    try {
      const CroppedCase cropped = crop_to_nonzero(source.read(files, &log));
      if (files.split == "train") {
        fingerprint.shapes.push_back(cropped.box.shape);
        fingerprint.spacings_mm.push_back(cropped.spacing_mm);
        fingerprint.size_reductions.push_back(cropped.size_reduction());
        intensities.add(cropped);
      }
    } catch (const Error& error) {
      if (error.code() != ExitCode::bad_data) throw;
      found.problems.emplace_back(files.id, error.what());
    }
    progress.advance(1, files.id);
  }
  std::sort(found.problems.begin(), found.problems.end());
  fingerprint.intensities = intensities.statistics();
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

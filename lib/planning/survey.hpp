#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "planning/case_source.hpp"
#include "planning/disk.hpp"
#include "planning/plan.hpp"

namespace regionwise::planning {

/// What a first reading of every case finds.
struct Survey {
  Fingerprint fingerprint;      ///< Of the usable training cases (spec §1.2).
  std::vector<CaseGrid> grids;  ///< Of all usable cases.
  /// Cases that cannot be used, sorted by id: id, and one line that names the file and the remedy.
  std::vector<std::pair<std::string, std::string>> problems;
};

/// Reads, checks and crops every case; bad data is collected, not thrown. Memory is bounded by the
/// largest case.
Survey survey(const CaseSource& source, Log& log);

/// What the headers alone tell: cases are taken as not cropped, intensities as unknown.
Survey survey_headers(const CaseSource& source);

/// The problems of a survey as one error: the only one as it is, several named in lines of their
/// own before it.
void refuse(const Survey& found, Log& log);

}  // namespace regionwise::planning

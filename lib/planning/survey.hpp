#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "core/volume.hpp"
#include "planning/fingerprint.hpp"
#include "sources/case_source.hpp"

namespace regionwise::planning {

/// The grids of a case, as the size of a dataset file follows from them; canonical axes.
struct CaseGrid {
  std::string id;
  Shape3 source;  ///< Of the label that is kept for scoring.
  Shape3 kept;    ///< What preprocessing starts from.
  Spacing3 spacing_mm{1, 1, 1};
  /// Where only headers were read, `kept` is the most that can be left after the crop.
  bool may_be_cropped = false;
};

/// What a first reading of every case finds.
struct Survey {
  Fingerprint fingerprint;      ///< Of the usable training cases (spec §1.2).
  std::vector<CaseGrid> grids;  ///< Of all usable cases.
  /// Cases that cannot be used, sorted by id: id, and one line that names the file and the remedy.
  std::vector<std::pair<std::string, std::string>> problems;
};

/// Reads, checks and crops every case; bad data is collected, not thrown. How many cases lack a
/// class, or all, is logged. Memory is bounded by the largest case: IoError where there is not
/// enough. RetryError, soon, once a signal has come.
Survey survey(const sources::CaseSource& source, Log& log);

/// What the headers alone tell: cases are taken as not cropped, intensities as unknown.
Survey survey_headers(const sources::CaseSource& source);

/// The problems of a survey as one error: the only one as it is, several named in lines of their
/// own before it.
void refuse(const Survey& found, Log& log);

}  // namespace regionwise::planning

#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "planning/description.hpp"
#include "planning/raw_case.hpp"

namespace regionwise::planning {

/// The files of one case.
struct CaseFiles {
  std::string id;
  std::string patient;                        ///< Cases of one patient are never split.
  std::string split;                          ///< "train" or "validation".
  std::vector<std::filesystem::path> images;  ///< One per channel, or one with all channels.
  std::filesystem::path label;
};

/// A data set as found in a folder.
struct SourceData {
  std::vector<std::string> channels;
  std::vector<std::string> classes;  ///< [K], background first.
  LabelMap label_map;                ///< Every value that a label file may hold.
  std::vector<CaseFiles> cases;      ///< Sorted by id; complete ones only.
  /// Incomplete cases: id and what is wrong, one line that names the file and the remedy.
  std::vector<std::pair<std::string, std::string>> problems;
  std::vector<std::filesystem::path> metadata;  ///< Files that were read to find the rest.
};

/// Gives the sorted patients to training and validation by turns.
void split_by_patient(std::vector<CaseFiles>& cases, bool train_first);

/// Lists the cases of a data set without reading images. Hidden files are passed over. The split
/// counts all patients found, so leaving a bad case out moves no other. Throws DataError where
/// nothing fits the layout (saying what was looked for and what was found), IoError where `root`
/// cannot be read.
SourceData find_cases(const Description& description, const std::filesystem::path& root, Log& log);

/// Reads and checks one case; labels are returned as classes. Throws DataError (one line: file,
/// what is wrong, remedy): channels or label of another shape; corners of image and label further
/// apart than a voxel, unless `trust_label_grid` (less than 0.01 mm is passed over, less than a
/// voxel warned of); a label value that `source.label_map` lacks; whatever read_nifti refuses.
RawCase read_case(const CaseFiles& files,
                  const SourceData& source,
                  bool trust_label_grid,
                  Log& log);

}  // namespace regionwise::planning

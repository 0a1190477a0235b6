#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sources/description.hpp"

namespace regionwise::sources {

/// The files of one case.
struct CaseFiles {
  std::string id;
  std::string patient;                        ///< Cases of one patient are never split.
  std::string split;                          ///< "train" or "validation".
  std::vector<std::filesystem::path> images;  ///< One per channel, or one with all channels.
  std::filesystem::path label;
};

/// An id and what is to be said of it, one line.
using Remarks = std::vector<std::pair<std::string, std::string>>;

/// What to do about a bad case, as the end of a message about it.
struct Remedies {
  std::string channels = "correct the description's channels";  ///< Where their number is wrong.
  std::string otherwise = "or leave the case out with --skip-bad";
};

/// A data set as found in a folder.
struct SourceData {
  std::vector<std::string> channels;
  std::vector<std::string> classes;  ///< [K], background first.
  LabelMap label_map;                ///< Every value that a label file may hold.
  std::vector<CaseFiles> cases;      ///< Sorted by id; complete ones only.
  Remarks problems;  ///< Of every bad case all that is wrong with it, files and remedies named.
  Remarks left_out;  ///< Good cases that are not wanted: known errors, in no list of the splits.
  /// What a table says of the distance of pixels within slices, in mm by case id; may lack cases.
  std::map<std::string, double> in_slice_mm;
  std::string splits_hash;  ///< Of the file of splits that was used; empty: none.
  std::vector<std::filesystem::path> metadata;  ///< Files that were read to find the rest.
  Remedies remedies;
};

}  // namespace regionwise::sources

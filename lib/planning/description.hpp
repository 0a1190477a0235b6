#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::planning {

/// How the files of a data set lie in its folder.
enum class Layout {
  files,      ///< Patterns: one per channel and one for the label.
  decathlon,  ///< imagesTr and labelsTr with a dataset.json, as the Decathlon and nnU-Net have it.
  phantom,    ///< No files: drawn by `draw_phantom`.
};

/// From value in a label file to class.
using LabelMap = std::map<std::int32_t, int>;

/// One file of data_prep/: all that a program must know of a data set. docs/adding-a-data-set.md
/// explains each field.
struct Description {
  std::string name;
  Layout layout = Layout::files;
  std::vector<std::string> images;    ///< Patterns with {case} and {patient}, one per channel.
  std::string label;                  ///< Such a pattern.
  std::string case_expression;        ///< What {case} matches; empty: any file or folder name.
  std::string patient_expression;     ///< First group within the case id; empty: the whole id.
  std::vector<std::string> channels;  ///< Empty: from dataset.json.
  std::vector<std::string> classes;   ///< Background first; empty: from dataset.json.
  LabelMap label_map;                 ///< Beside the classes' own numbers.
  bool train_first = true;  ///< Of the sorted patients the 1st, 3rd … train, or validate.
  std::string licence;
  std::string citation;
  std::string obtain;       ///< How a user gets the images.
  std::string environment;  ///< Variable that may hold the root folder.
};

/// Throws UsageError: unknown or missing fields.
Description parse_description(const Json& json, const std::string& where);

/// The description data_prep/<name>.json. Throws UsageError naming the known data sets.
Description find_description(const std::string& name);

/// Names of the descriptions in data_prep/, sorted.
std::vector<std::string> described_data_sets();

/// "255=1" as (255, 1). Throws UsageError.
std::pair<std::int32_t, int> parse_label_mapping(const std::string& text);

}  // namespace regionwise::planning

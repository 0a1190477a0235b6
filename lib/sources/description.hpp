#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::sources {

/// How the files of a data set lie in its folder.
enum class Layout {
  files,      ///< Patterns: one per channel and one for the label.
  decathlon,  ///< imagesTr and labelsTr with a dataset.json, as the Decathlon and nnU-Net have it.
  phantom,    ///< No files: drawn by `draw_phantom`.
};

/// From value in a label file to class.
using LabelMap = std::map<std::int32_t, int>;

/// A file beside the images that names the frames to take of a series.
struct FrameList {
  std::string file;               ///< A pattern with {patient}; lines such as "ES: 12".
  std::vector<std::string> keys;  ///< Each holds the number of a frame.
  std::string case_id;            ///< Id of a frame's case, such as "{patient}_frame{frame:02}".
};

/// What becomes of a case's slices before everything else (sources/conversion.hpp).
struct SliceConversion {
  bool labelled_only = false;            ///< Slices without any label are removed.
  std::array<std::int64_t, 2> resize{};  ///< Rows and columns of every slice; 0: as they are.
};

/// A table of the pixels' true size, to compare the headers with.
struct SpacingTable {
  std::string file;      ///< A JSON list of objects, beside the cases; may be absent.
  std::string case_key;  ///< Holds the case's id,
  std::string in_slice;  ///< and the distance of pixels within slices in mm.
};

/// A case whose files are known to be wrong.
struct Erratum {
  std::string case_id;
  std::string date;    ///< Of the report, such as "2019-03-18".
  std::string reason;  ///< What is wrong, and who says so.
};

/// One file of data_prep/: all that a program must know of a data set. docs/adding-a-data-set.md
/// explains each field.
struct Description {
  std::string name;
  Layout layout = Layout::files;
  std::vector<std::string> folders;   ///< Of these, those that the root holds; none: the root.
  std::vector<std::string> images;    ///< Patterns with {case} and {patient}, one per channel.
  std::string label;                  ///< Such a pattern.
  std::string case_expression;        ///< What {case} matches; empty: any file or folder name.
  std::string patient_expression;     ///< First group within the case id; empty: the whole id.
  std::vector<std::string> channels;  ///< Empty: from dataset.json.
  std::vector<std::string> classes;   ///< Background first; empty: from dataset.json.
  LabelMap label_map;                 ///< Beside the classes' own numbers.
  bool split_by_number = false;       ///< By the number in the patient's name, else by turns.
  bool train_first = true;            ///< By turns: of the sorted patients the 1st, 3rd … train.
  bool train_even = true;             ///< By number: even ones train, else odd ones.
  std::optional<FrameList> frames;
  std::optional<SliceConversion> slices;
  std::optional<SpacingTable> spacing;
  std::vector<Erratum> errata;
  std::int64_t patients = 0;  ///< That the whole data set has; 0: any number.
  std::string licence;
  std::string citation;
  std::string obtain;       ///< How a user gets the images.
  std::string environment;  ///< Variable that may hold the root folder.
  std::string file_hash;    ///< Of the user's own file; empty: one of the suite's.
};

/// Throws UsageError: unknown or missing fields.
Description parse_description(const Json& json, const std::string& where);

/// The description data_prep/<name>.json. Throws UsageError naming the known data sets.
Description find_description(const std::string& name);

/// The description of a data set that is named, or in a file of the user's own: one of the two.
/// Throws UsageError.
Description choose_description(const std::string& name, const std::string& file);

/// Names of the descriptions in data_prep/, sorted.
std::vector<std::string> described_data_sets();

/// The id of a frame's case. Throws UsageError where `case_id` is no format of the two.
std::string frame_case_id(const FrameList& frames, const std::string& patient, std::int64_t frame);

/// "255=1" as (255, 1). Throws UsageError.
std::pair<std::int32_t, int> parse_label_mapping(const std::string& text);

}  // namespace regionwise::sources

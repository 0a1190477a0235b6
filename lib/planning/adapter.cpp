#include "planning/adapter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "storage/nifti.hpp"

namespace regionwise::planning {
namespace {

namespace fs = std::filesystem;

constexpr double kSilentCornerDistanceMm = 0.01;
constexpr double kFinestUsualSpacingMm = 0.05;
constexpr double kCoarsestUsualSpacingMm = 50;

/// What was found of a case: channel files by number, and the label.
struct FoundCase {
  std::map<std::size_t, fs::path> images;
  fs::path label;
  std::string patient;
  bool by_channel = false;  ///< One file per channel, else one file holds them all.
  bool listed = false;      ///< In the training list of dataset.json.
};

using FoundCases = std::map<std::string, FoundCase>;

bool is_hidden(const fs::path& relative) {
  return std::any_of(relative.begin(), relative.end(), [](const fs::path& part) {
    return part.string().starts_with('.') && part != "." && part != "..";
  });
}

/// The name without .nii or .nii.gz, or nothing for another kind of file.
std::optional<std::string> nifti_stem(const std::string& name) {
  for (const std::string ending : {".nii.gz", ".nii"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return std::nullopt;
}

/// Some of a folder's entries, for a message.
std::string contents(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string() + (entry.is_directory() ? "/" : ""));
  }
  if (names.empty()) return "nothing";
  std::sort(names.begin(), names.end());
  const std::size_t shown = std::min<std::size_t>(names.size(), 5);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

void check_root(const fs::path& root) {
  if (!fs::exists(root)) throw IoError(root.string() + ": no such folder");
  if (!fs::is_directory(root)) throw IoError(root.string() + ": not a folder");
}

void set_once(fs::path& slot, const fs::path& path) {
  if (!slot.empty()) {
    throw DataError(fmt::format(
        "{}: the same image as {}; remove one of them", path.string(), slot.filename().string()));
  }
  slot = path;
}

std::regex compile(const std::string& expression) {
  try {
    return std::regex(expression);
  } catch (const std::regex_error&) {
    throw UsageError(fmt::format("not a regular expression: {}", expression));
  }
}

// ---- Layout::files -------------------------------------------------------------------------

/// A pattern such as "{patient}/{case}_t1.nii.gz" as a regular expression. A placeholder that
/// stands twice matches the same text.
class PathPattern {
 public:
  PathPattern(const std::string& pattern, const std::string& case_expression) {
    std::string text;
    std::size_t at = 0;
    while (at < pattern.size()) {
      if (pattern.compare(at, 6, "{case}") == 0) {
        text += placeholder(case_group_, case_expression.empty() ? "[^/]+" : case_expression);
        at += 6;
      } else if (pattern.compare(at, 9, "{patient}") == 0) {
        text += placeholder(patient_group_, "[^/]+");
        at += 9;
      } else if (pattern.compare(at, std::string::npos, ".nii.gz") == 0) {
        text += "\\.nii(?:\\.gz)?";
        at = pattern.size();
      } else {
        if (std::string("\\^$.|?*+()[]{}").find(pattern[at]) != std::string::npos) text += '\\';
        text += pattern[at++];
      }
    }
    regex_ = compile(text);
  }

  struct Match {
    std::string id;
    std::string patient;  ///< Empty where the pattern holds none.
  };

  std::optional<Match> match(const std::string& relative) const {
    std::smatch groups;
    if (!std::regex_match(relative, groups, regex_)) return std::nullopt;
    return Match{groups[case_group_].str(),
                 patient_group_ > 0 ? groups[patient_group_].str() : std::string()};
  }

 private:
  std::string placeholder(std::size_t& group, const std::string& expression) {
    if (group > 0) return fmt::format("\\{}", group);
    group = ++groups_;
    return fmt::format("({})", expression);
  }

  std::size_t groups_ = 0;
  std::size_t case_group_ = 0;
  std::size_t patient_group_ = 0;
  std::regex regex_;
};

FoundCases find_by_pattern(const Description& description, const fs::path& root) {
  std::vector<PathPattern> images;
  for (const std::string& pattern : description.images) {
    images.emplace_back(pattern, description.case_expression);
  }
  const PathPattern label(description.label, description.case_expression);
  FoundCases found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const fs::path relative = entry.path().lexically_relative(root);
    if (is_hidden(relative) || !entry.is_regular_file()) continue;
    const auto remember = [&](const PathPattern::Match& match) -> FoundCase& {
      FoundCase& one = found[match.id];
      // Not every pattern names the patient; those that do must agree.
      if (!match.patient.empty()) {
        if (!one.patient.empty() && one.patient != match.patient) {
          throw DataError(fmt::format("{}: case {} belongs to patient {} and to patient {}",
                                      root.string(),
                                      match.id,
                                      one.patient,
                                      match.patient));
        }
        one.patient = match.patient;
      }
      one.by_channel = true;
      return one;
    };
    for (std::size_t c = 0; c < images.size(); ++c) {
      if (const auto match = images[c].match(relative.generic_string())) {
        set_once(remember(*match).images[c], entry.path());
      }
    }
    if (const auto match = label.match(relative.generic_string())) {
      set_once(remember(*match).label, entry.path());
    }
  }
  if (found.empty()) {
    throw DataError(fmt::format("{}: no case found: looked for images {} and label {}; found {}",
                                root.string(),
                                fmt::join(description.images, ", "),
                                description.label,
                                contents(root)));
  }
  return found;
}

// ---- Layout::decathlon ---------------------------------------------------------------------

/// {"0": "background", "1": "anterior"} (Decathlon) or {"background": 0, "anterior": 1} (nnU-Net
/// v2), as names by value.
std::map<std::int32_t, std::string> names_by_value(const Json& json, const std::string& where) {
  if (!json.is_object()) throw DataError(where + ": expected an object");
  std::map<std::int32_t, std::string> names;
  for (const auto& [key, value] : json.items()) {
    const bool by_value =
        value.is_string() && !key.empty() &&
        std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
        key.size() < 9;
    if (by_value) {
      names[std::stoi(key)] = value.get<std::string>();
    } else if (value.is_number_integer()) {
      names[value.get<std::int32_t>()] = key;
    } else {
      throw DataError(fmt::format(
          "{}: \"{}\": {} is neither a value with its name nor a name with its value (regions of "
          "several labels are not supported: give each its own)",
          where,
          key,
          value.dump()));
    }
  }
  return names;
}

struct DecathlonFolders {
  fs::path images;
  fs::path labels;
};

DecathlonFolders find_folders(const fs::path& root) {
  for (const auto& [images, labels] :
       {std::pair{"imagesTr", "labelsTr"}, std::pair{"images", "labels"}}) {
    if (fs::is_directory(root / images) && fs::is_directory(root / labels)) {
      return {root / images, root / labels};
    }
  }
  throw DataError(fmt::format(
      "{}: no case found: looked for the folders imagesTr and labelsTr (Decathlon, nnU-Net) or "
      "images and labels; found {}",
      root.string(),
      contents(root)));
}

/// NIfTI files of a folder by name without ending.
std::map<std::string, fs::path> nifti_files(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const auto stem = nifti_stem(name);
    if (stem && !is_hidden(name) && !entry.is_directory()) set_once(files[*stem], entry.path());
  }
  return files;
}

std::string stem_of(const Json& path, const std::string& where) {
  if (!path.is_string())
    throw DataError(fmt::format("{}: expected a path, found {}", where, path.dump()));
  const std::string name = fs::path(path.get<std::string>()).filename().string();
  return nifti_stem(name).value_or(name);
}

/// Ids in the "training" list of dataset.json: {"image": …, "label": …} or a path.
std::set<std::string> listed_ids(const Json& dataset, const std::string& where) {
  std::set<std::string> ids;
  if (!dataset.contains("training")) return ids;
  for (const Json& entry : dataset["training"]) {
    const bool is_pair = entry.is_object() && entry.contains("image");
    ids.insert(stem_of(is_pair ? entry["image"] : entry, where + ":training"));
  }
  return ids;
}

void check_file_ending(const Json& dataset, const std::string& where) {
  if (!dataset.contains("file_ending")) return;
  const std::string ending = dataset["file_ending"].get<std::string>();
  if (ending == ".nii.gz" || ending == ".nii") return;
  throw DataError(fmt::format(
      "{}:file_ending: {} cannot be read; convert the images to .nii.gz or .nii", where, ending));
}

FoundCases find_decathlon(const fs::path& root,
                          const Json& dataset,
                          const std::string& where,
                          Log& log) {
  static const std::regex channel_file("(.+)_([0-9]{4})");
  const DecathlonFolders folders = find_folders(root);
  const std::set<std::string> listed = listed_ids(dataset, where);
  FoundCases found;
  for (const auto& [id, path] : nifti_files(folders.labels)) found[id].label = path;
  for (const std::string& id : listed) found[id].listed = true;
  for (const auto& [stem, path] : nifti_files(folders.images)) {
    std::smatch parts;
    if (!found.contains(stem) && std::regex_match(stem, parts, channel_file)) {
      FoundCase& one = found[parts[1].str()];
      one.by_channel = true;
      set_once(one.images[std::stoul(parts[2].str())], path);
    } else {
      set_once(found[stem].images[0], path);
    }
  }
  if (found.empty()) {
    throw DataError(fmt::format("{}: no case found: no .nii.gz or .nii file in {} and {}",
                                root.string(),
                                folders.images.filename().string(),
                                folders.labels.filename().string()));
  }
  // Whole pairs that dataset.json leaves out are left out on purpose.
  if (!listed.empty()) {
    const auto unlisted = std::erase_if(found, [](const auto& entry) {
      return !entry.second.listed && !entry.second.label.empty() && !entry.second.images.empty();
    });
    if (unlisted > 0) {
      log.warn(fmt::format("{} cases that {} does not list are left out", unlisted, where));
    }
  }
  return found;
}

/// Channels, classes and label values of dataset.json where the description names none.
void read_names(const Json& dataset, const std::string& where, SourceData& source) {
  if (source.channels.empty()) {
    const char* key = dataset.contains("channel_names") ? "channel_names" : "modality";
    if (!dataset.contains(key)) throw DataError(where + ": channel_names (or modality) is missing");
    for (const auto& [number, name] : names_by_value(dataset[key], where + ":" + key)) {
      source.channels.push_back(name);
    }
  }
  if (!source.classes.empty()) return;
  if (!dataset.contains("labels")) throw DataError(where + ": labels is missing");
  for (const auto& [value, name] : names_by_value(dataset["labels"], where + ":labels")) {
    if (name == "ignore") {
      throw DataError(fmt::format(
          "{0}:labels: voxels to ignore are not supported; remove the entry and give their value a "
          "class with --label-map {1}=0",
          where,
          value));
    }
    source.label_map[value] = static_cast<int>(source.classes.size());
    source.classes.push_back(name);
  }
  if (source.classes.size() < 2 || source.classes.size() > 127) {
    throw DataError(where + ":labels: expected 2 to 127 classes");
  }
}

FoundCases read_decathlon(const fs::path& root, SourceData& source, Log& log) {
  const fs::path path = root / "dataset.json";
  Json dataset = Json::object();
  if (fs::exists(path)) {
    dataset = with_context("dataset description", [&] { return read_json(path); });
    if (!dataset.is_object()) throw DataError(path.string() + ": expected a JSON object");
    source.metadata.push_back(path);
  } else if (source.channels.empty() || source.classes.empty()) {
    find_folders(root);  // Where nothing is right, this says more.
    throw DataError(fmt::format(
        "{}: missing; it names channels and labels (a --description FILE may name them instead)",
        path.string()));
  }
  check_file_ending(dataset, path.string());
  FoundCases found = find_decathlon(root, dataset, path.string(), log);
  read_names(dataset, path.string(), source);
  return found;
}

// ---- Both ----------------------------------------------------------------------------------

/// What is missing of a case; empty where nothing is.
std::string missing_part(const FoundCase& found, const std::string& id, const SourceData& source) {
  const std::string remedy = "or leave the case out with --skip-bad";
  if (found.images.empty() && found.label.empty()) {
    return fmt::format(
        "dataset.json lists case {}, but its image and label are missing; add them "
        "or remove the entry, {}",
        id,
        remedy);
  }
  if (found.images.empty()) {
    return fmt::format("{}: label without image; add the image or remove the label, {}",
                       found.label.string(),
                       remedy);
  }
  if (found.label.empty()) {
    return fmt::format("{}: image without label; add the label or remove the image, {}",
                       found.images.begin()->second.string(),
                       remedy);
  }
  if (!found.by_channel) return {};
  for (std::size_t c = 0; c < source.channels.size(); ++c) {
    if (found.images.contains(c)) continue;
    return fmt::format("{}: channel {} ({}) of case {} is missing beside it; add the file, {}",
                       found.images.begin()->second.string(),
                       c,
                       source.channels[c],
                       id,
                       remedy);
  }
  return {};
}

std::string patient_of(const std::string& id,
                       const FoundCase& found,
                       const std::string& expression) {
  if (!found.patient.empty()) return found.patient;
  if (expression.empty()) return id;
  std::smatch groups;
  if (!std::regex_search(id, groups, compile(expression))) {
    throw DataError(fmt::format(
        "case {}: the description's patient expression {} does not match", id, expression));
  }
  return groups.size() > 1 ? groups[1].str() : groups[0].str();
}

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

/// Refuses a file that does not lie on the grid of the case's first image.
void check_grid(const fs::path& path,
                const storage::ImageGeometry& geometry,
                const fs::path& reference,
                const storage::ImageGeometry& expected,
                bool trust_grid,
                const char* override_hint,
                Log& log) {
  if (geometry.shape != expected.shape) {
    throw DataError(fmt::format(
        "{}: has {} voxels (x, y, z), but {} has {}; pair the files that belong together or leave "
        "the case out with --skip-bad",
        path.string(),
        text_of(geometry.shape),
        reference.filename().string(),
        text_of(expected.shape)));
  }
  const double distance = storage::corner_distance_mm(geometry, expected);
  if (distance < kSilentCornerDistanceMm) return;
  const double voxel = *std::min_element(expected.spacing_mm.begin(), expected.spacing_mm.end());
  const std::string finding = fmt::format("{}: its corners lie up to {:.3g} mm from those of {}",
                                          path.string(),
                                          distance,
                                          reference.filename().string());
  if (distance < voxel || trust_grid) {
    log.warn(finding + "; taken as the same grid");
    return;
  }
  throw DataError(finding + override_hint);
}

void check_spacing(const fs::path& path, const Spacing3& spacing_mm, Log& log) {
  for (const double s : spacing_mm) {
    if (s >= kFinestUsualSpacingMm && s <= kCoarsestUsualSpacingMm) continue;
    log.warn(fmt::format(
        "{}: a voxel spacing of {:.3g} mm is unusual; check the file's units", path.string(), s));
    return;
  }
}

void append_image(const fs::path& path, RawCase& raw, const fs::path& reference, Log& log) {
  storage::NiftiImage image = storage::read_nifti(path);
  if (raw.image.empty()) {
    raw.channels = image.channels;
    raw.image = std::move(image.values);
    raw.geometry = std::move(image.geometry);
    check_spacing(path, raw.geometry.spacing_mm, log);
    return;
  }
  check_grid(path,
             image.geometry,
             reference,
             raw.geometry,
             false,
             "; resample the channels to one grid or leave the case out with --skip-bad",
             log);
  raw.channels += image.channels;
  raw.image.insert(raw.image.end(), image.values.begin(), image.values.end());
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

Volume<Label> to_classes(const Volume<std::int32_t>& values,
                         const CaseFiles& files,
                         const SourceData& source) {
  Volume<Label> classes(values.shape);
  std::map<std::int32_t, std::int64_t> unknown;
  bool knows_foreground = false;
  // Neighbours mostly agree: look a value up only where it changes.
  auto at = source.label_map.end();
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const std::int32_t value = values.values[i];
    if (at == source.label_map.end() || at->first != value) at = source.label_map.find(value);
    if (at == source.label_map.end()) {
      ++unknown[value];
      continue;
    }
    classes.values[i] = static_cast<Label>(at->second);
    knows_foreground = knows_foreground || at->second > 0;
  }
  if (!unknown.empty()) refuse_values(files, unknown, knows_foreground, source);
  return classes;
}

}  // namespace

void split_by_patient(std::vector<CaseFiles>& cases, bool train_first) {
  std::map<std::string, std::string> split_of;
  for (const CaseFiles& one : cases) split_of[one.patient];
  bool train = train_first;
  for (auto& [patient, split] : split_of) {
    split = train ? "train" : "validation";
    train = !train;
  }
  for (CaseFiles& one : cases) one.split = split_of[one.patient];
}

SourceData find_cases(const Description& description, const fs::path& root, Log& log) {
  check_root(root);
  SourceData source;
  source.channels = description.channels;
  source.classes = description.classes;
  FoundCases found = description.layout == Layout::decathlon ? read_decathlon(root, source, log)
                                                             : find_by_pattern(description, root);
  complete_label_map(description, source);
  std::set<std::string> incomplete;
  for (const auto& [id, one] : found) {
    CaseFiles files{id, patient_of(id, one, description.patient_expression), {}, {}, one.label};
    for (const auto& [channel, path] : one.images) files.images.push_back(path);
    source.cases.push_back(std::move(files));
    const std::string problem = missing_part(one, id, source);
    if (problem.empty()) continue;
    source.problems.emplace_back(id, problem);
    incomplete.insert(id);
  }
  split_by_patient(source.cases, description.train_first);
  std::erase_if(source.cases, [&](const CaseFiles& one) { return incomplete.contains(one.id); });
  return source;
}

RawCase read_case(const CaseFiles& files,
                  const SourceData& source,
                  bool trust_label_grid,
                  Log& log) {
  RawCase raw;
  raw.id = files.id;
  for (const fs::path& path : files.images) append_image(path, raw, files.images.front(), log);
  if (raw.channels != static_cast<int>(source.channels.size())) {
    throw DataError(
        fmt::format("{}: holds {} channels, expected {} ({}); correct the description's "
                    "channels or leave the case out with --skip-bad",
                    files.images.front().string(),
                    raw.channels,
                    source.channels.size(),
                    fmt::join(source.channels, ", ")));
  }
  const storage::NiftiLabels label = storage::read_nifti_labels(files.label);
  check_grid(files.label,
             label.geometry,
             files.images.front(),
             raw.geometry,
             trust_label_grid,
             "; check the pair, or take the label for one on the image's grid with "
             "--trust-label-grid",
             log);
  raw.label = to_classes(label.labels, files, source);
  return raw;
}

}  // namespace regionwise::planning

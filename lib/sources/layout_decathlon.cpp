#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/layout.hpp"
#include "storage/class_names.hpp"
#include "storage/nifti.hpp"

namespace regionwise::sources::detail {
namespace {

namespace fs = std::filesystem;

/// {"0": "background", "1": "anterior"} (Decathlon) or {"background": 0, "anterior": 1} (nnU-Net
/// v2), as names by value.
std::map<std::int32_t, std::string> names_by_value(const Json& json, const std::string& where) {
  if (!json.is_object()) throw DataError(where + ": expected an object");
  std::map<std::int32_t, std::string> names;
  const auto add = [&](std::int32_t number, const std::string& name) {
    if (names.emplace(number, name).second) return;
    throw DataError(fmt::format(
        "{}: {} has two names, {} and {}; remove one", where, number, names[number], name));
  };
  for (const auto& [key, value] : json.items()) {
    const bool by_value =
        value.is_string() && !key.empty() &&
        std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
        key.size() < 9;
    if (by_value) {
      add(std::stoi(key), value.get<std::string>());
    } else if (const auto number = json_as<std::int32_t>(value)) {
      add(*number, key);
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
    if (is_folder(root / images) && is_folder(root / labels)) {
      return {root / images, root / labels};
    }
  }
  throw DataError(fmt::format(
      "{}: no case found: looked for the folders imagesTr and labelsTr (Decathlon, nnU-Net) or "
      "images and labels; found {}",
      root.string(),
      contents(root)));
}

/// Files of a folder with their names without ending, sorted; `stem_of_name` chooses them.
std::vector<std::pair<std::string, fs::path>> files_of(
    const fs::path& folder, std::optional<std::string> (*stem_of_name)(const std::string&)) {
  std::vector<std::pair<std::string, fs::path>> files;
  for (const auto& entry : entries_of(folder)) {
    const std::string name = entry.path().filename().string();
    if (const auto stem = stem_of_name(name); stem && !is_hidden(name) && !is_folder(entry))
      files.emplace_back(*stem, entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string stem_of(const Json& path, const std::string& where) {
  if (!path.is_string())
    throw DataError(fmt::format("{}: expected a path, found {}", where, path.dump()));
  const std::string name = fs::path(path.get<std::string>()).filename().string();
  return storage::nifti_stem(name).value_or(name);
}

/// Ids in the "training" list of dataset.json: {"image": …, "label": …} or a path.
std::set<std::string> listed_ids(const Json& dataset, const std::string& where) {
  std::set<std::string> ids;
  if (!dataset.contains("training")) return ids;
  if (!dataset["training"].is_array()) throw DataError(where + ":training: expected a list");
  for (const Json& entry : dataset["training"]) {
    const bool is_pair = entry.is_object() && entry.contains("image");
    const std::string id = stem_of(is_pair ? entry["image"] : entry, where + ":training");
    ids.insert(id);
    if (!is_pair || !entry.contains("label") || entry["label"].is_null()) continue;
    const std::string label = stem_of(entry["label"], where + ":training");
    if (label == id) continue;
    throw DataError(fmt::format(
        "{}:training: image {} has the label {}: the files of a case must have one name",
        where,
        json_quoted(id),
        json_quoted(label)));
  }
  return ids;
}

void check_file_ending(const Json& dataset, const std::string& where) {
  if (!dataset.contains("file_ending")) return;
  const Json& json = dataset["file_ending"];
  const std::string ending = json.is_string() ? json.get<std::string>() : json.dump();
  if (ending == ".nii.gz" || ending == ".nii") return;
  throw DataError(fmt::format(
      "{}:file_ending: {} cannot be read; convert the images to .nii.gz or .nii", where, ending));
}

/// The case that a file of the images' folder belongs to, and its channel: "x.nii" is all of case
/// x, "x_0001.nii" its second channel.
FoundCase& case_of_image(const std::string& stem, FoundCases& found, std::size_t& channel) {
  static const std::regex channel_file("(.+)_([0-9]{4})");
  std::smatch parts;
  channel = 0;
  if (found.contains(stem) || !std::regex_match(stem, parts, channel_file)) return found[stem];
  FoundCase& one = found[parts[1].str()];
  one.by_channel = true;
  channel = std::stoul(parts[2].str());
  return one;
}

FoundCases find_decathlon(const fs::path& root,
                          const Json& dataset,
                          const std::string& where,
                          Log& log) {
  const DecathlonFolders folders = find_folders(root);
  const std::set<std::string> listed = listed_ids(dataset, where);
  FoundCases found;
  std::size_t channel = 0;
  for (const auto& [id, path] : files_of(folders.labels, storage::nifti_stem))
    found[id].set_label(path);
  for (const auto& [id, path] : files_of(folders.labels, unread_stem)) found[id].unread = path;
  for (const std::string& id : listed) found[id].listed = true;
  for (const auto& [stem, path] : files_of(folders.images, storage::nifti_stem)) {
    FoundCase& one = case_of_image(stem, found, channel);
    one.set_image(channel, path);
  }
  for (const auto& [stem, path] : files_of(folders.images, unread_stem))
    case_of_image(stem, found, channel).unread = path;
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

/// Of the labelled cases, where dataset.json says how many there are.
void check_count(const FoundCases& found, const Json& dataset, const std::string& where, Log& log) {
  const auto expected = json_as<std::int64_t>(dataset.value("numTraining", Json()));
  if (!expected) return;
  const auto labelled = std::count_if(
      found.begin(), found.end(), [](const auto& entry) { return !entry.second.label.empty(); });
  warn_of_count(labelled, "labelled cases", where, *expected, log);
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
    const auto& before = source.classes;
    if (std::find(before.begin(), before.end(), name) != before.end()) {
      throw DataError(
          fmt::format("{}:labels: two classes are called {}; give each its own name", where, name));
    }
    source.label_map[value] = static_cast<int>(source.classes.size());
    source.classes.push_back(name);
  }
  const std::string wrong = storage::problem_of_class_names(source.classes);
  if (!wrong.empty()) throw DataError(where + ":labels: " + wrong);
  if (source.classes.size() < 2 || source.classes.size() > 128) {
    throw DataError(where + ":labels: expected 2 to 128 classes");
  }
  if (source.label_map.begin()->first != 0) {
    throw DataError(where + ":labels: the background, value 0, is missing or not the first");
  }
}

/// dataset.json is data: what is wrong with it is no misuse of the program.
Json read_data_set(const fs::path& path) {
  try {
    return read_json(path);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

}  // namespace

FoundCases read_decathlon(const fs::path& root, SourceData& source, Log& log) {
  const fs::path path = root / "dataset.json";
  Json dataset = Json::object();
  if (type_of(path) != fs::file_type::not_found) {
    dataset = read_data_set(path);
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
  check_count(found, dataset, path.string(), log);
  read_names(dataset, path.string(), source);
  return found;
}

}  // namespace regionwise::sources::detail

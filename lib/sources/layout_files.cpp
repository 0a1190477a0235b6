#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/regular_expression.hpp"
#include "core/text_file.hpp"
#include "sources/layout.hpp"

namespace regionwise::sources::detail {
namespace {

namespace fs = std::filesystem;

/// A pattern such as "{patient}/{case}_t1.nii.gz" as a regular expression. A field that
/// stands twice matches the same text.
class PathPattern {
 public:
  PathPattern(const std::string& pattern, const std::string& case_expression) {
    std::string text;
    std::size_t at = 0;
    while (at < pattern.size()) {
      if (pattern.compare(at, 6, "{case}") == 0) {
        text += field(case_group_, case_expression.empty() ? "[^/]+" : case_expression);
        at += 6;
      } else if (pattern.compare(at, 9, "{patient}") == 0) {
        text += field(patient_group_, "[^/]+");
        at += 9;
      } else if (pattern.compare(at, std::string::npos, ".nii.gz") == 0) {
        text += "\\.nii(?:\\.gz)?";
        at = pattern.size();
      } else {
        if (std::string("\\^$.|?*+()[]{}").find(pattern[at]) != std::string::npos) text += '\\';
        text += pattern[at++];
      }
    }
    regex_ = compile_regex(text);
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
  std::string field(std::size_t& group, const std::string& expression) {
    // A digit of the pattern that follows is none of the number.
    if (group > 0) return fmt::format("(?:\\{})", group);
    group = ++groups_;
    groups_ += compile_regex(expression).mark_count();  // It may have groups of its own.
    return fmt::format("({})", expression);
  }

  std::size_t groups_ = 0;
  std::size_t case_group_ = 0;
  std::size_t patient_group_ = 0;
  std::regex regex_;
};

/// The patterns of a description, and what they found.
class Search {
 public:
  explicit Search(const Description& description)
      : label_(description.label, description.case_expression) {
    for (const std::string& pattern : description.images)
      images_.emplace_back(pattern, description.case_expression);
    if (description.frames) frame_list_.emplace(description.frames->file, std::string());
  }

  void look_at(const fs::path& path, const std::string& relative) {
    if (frame_list_) {
      if (const auto match = frame_list_->match(relative)) frame_lists[match->patient] = path;
    }
    for (std::size_t c = 0; c < images_.size(); ++c) {
      if (const auto match = images_[c].match(relative)) remember(*match).set_image(c, path);
    }
    if (const auto match = label_.match(relative)) remember(*match).set_label(path);
    if (const auto stem = unread_stem(relative)) look_at_unread(path, *stem + ".nii.gz");
  }

  FoundCases found;
  std::map<std::string, fs::path> frame_lists;  ///< By patient.

 private:
  /// A file that would belong to a case if it were NIfTI.
  void look_at_unread(const fs::path& path, const std::string& relative) {
    std::optional<PathPattern::Match> match = label_.match(relative);
    for (std::size_t c = 0; c < images_.size() && !match; ++c) match = images_[c].match(relative);
    if (match) remember(*match).unread = path;
  }

  FoundCase& remember(const PathPattern::Match& match) {
    FoundCase& one = found[match.id];
    one.by_channel = true;
    // Not every pattern names the patient; those that do must agree.
    if (match.patient.empty() || match.patient == one.patient) return one;
    if (!one.patient.empty()) {
      one.problems.push_back(
          fmt::format("case {} belongs to patient {} and to patient {}; give one another name",
                      match.id,
                      one.patient,
                      match.patient));
    }
    one.patient = match.patient;
    return one;
  }

  std::vector<PathPattern> images_;
  PathPattern label_;
  std::optional<PathPattern> frame_list_;
};

std::istringstream frame_list_text(const fs::path& path) {
  try {
    if (type_of(path) == fs::file_type::regular) return open_text_file(path);
  } catch (const IoError& problem) {
    if (problem.of_machine()) throw;
    // As for what is no file: of this case, not of the program.
  }
  throw DataError(fmt::format("{}: cannot be read; copy it again", path.string()));
}

/// The whole number in a line "KEY: 12" (or "KEY = 12") of a text file.
std::int64_t frame_number(const fs::path& path, const std::string& key) {
  std::istringstream file = frame_list_text(path);
  for (std::string line; std::getline(file, line);) {
    const auto separator = line.find_first_of(":=");
    if (separator == std::string::npos) continue;
    const auto trim = [](const std::string& text) {
      const auto first = text.find_first_not_of(" \t\r\"");
      const auto last = text.find_last_not_of(" \t\r\",");
      return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
    };
    if (trim(line.substr(0, separator)) != key) continue;
    const std::string value = trim(line.substr(separator + 1));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc() && end == value.data() + value.size()) return number;
    throw DataError(
        fmt::format("{}: {} is \"{}\", not the number of a frame", path.string(), key, value));
  }
  throw DataError(fmt::format(
      "{0}: names no frame {1}; expected a line such as \"{1}: 1\"", path.string(), key));
}

/// Keeps a patient's cases that the frame list names. One that is named but not there becomes a
/// case with a problem.
void keep_listed_frames(const FrameList& frames,
                        const std::string& patient,
                        const fs::path& list,
                        FoundCases& found) {
  std::set<std::string> wanted;
  for (const std::string& key : frames.keys) {
    const std::int64_t number = frame_number(list, key);
    const std::string id = frame_case_id(frames, patient, number);
    wanted.insert(id);
    FoundCase& one = found[id];
    one.patient = patient;
    if (!one.images.empty() || !one.label.empty() || !one.unread.empty()) continue;
    one.problems.push_back(fmt::format(
        "{}: names frame {} as {}, but neither image nor label of {} is there; add them or leave "
        "the case out with --skip-bad",
        list.string(),
        number,
        key,
        id));
  }
  std::erase_if(found, [&](const auto& entry) {
    return entry.second.patient == patient && !wanted.contains(entry.first);
  });
}

void select_frames(const FrameList& frames, const fs::path& root, Search& search) {
  std::set<std::string> patients;
  for (const auto& [id, one] : search.found) patients.insert(one.patient);
  for (const auto& [patient, list] : search.frame_lists) patients.insert(patient);
  for (const std::string& patient : patients) {
    std::string problem;
    const auto list = search.frame_lists.find(patient);
    if (list == search.frame_lists.end()) {
      std::string expected = frames.file;
      expected.replace(expected.find("{patient}"), 9, patient);
      problem = (root / expected).string() + ": missing; it names the frames to take";
    } else {
      try {
        keep_listed_frames(frames, patient, list->second, search.found);
        continue;
      } catch (const DataError& error) {
        problem = error.what();
      }
    }
    // Which frames are wanted is not known: all the patient's cases are bad, or he is one himself.
    bool any = false;
    for (auto& [id, one] : search.found) {
      if (one.patient != patient) continue;
      one.problems.push_back(problem);
      any = true;
    }
    if (any) continue;
    search.found[patient].patient = patient;
    search.found[patient].problems.push_back(problem);
  }
}

/// The folders that hold the cases.
std::vector<fs::path> bases(const Description& description, const fs::path& root) {
  std::vector<fs::path> folders;
  for (const std::string& name : description.folders) {
    if (is_folder(root / name)) folders.push_back(root / name);
  }
  if (folders.empty()) folders.push_back(root);
  return folders;
}

/// Calls look(path) for everything below a folder that is no folder itself, links followed: a file,
/// a link that leads nowhere (which opening it will say), or a device. Folders that hold themselves
/// are entered once; `folders` lists those at the top.
class Walk {
 public:
  template <class Look>
  void below(const fs::path& folder, const Look& look) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error) {
      throw IoError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()),
                    error.value());
    }
    if (std::ranges::find(entered_, real) != entered_.end()) return;
    entered_.push_back(real);
    for (const auto& entry : entries_of(folder)) {
      if (is_hidden(entry.path().filename())) continue;
      if (!is_folder(entry)) {
        look(entry.path());
        continue;
      }
      if (entered_.size() == 1) folders.push_back(entry.path());
      below(entry.path(), look);
    }
    entered_.pop_back();
  }

  std::vector<fs::path> folders;

 private:
  std::vector<fs::path> entered_;
};

/// What a name begins with before its first digit: "patient" of patient012.
std::string stem_of(const std::string& name) {
  return name.substr(0, name.find_first_of("0123456789"));
}

/// A folder named as those of the cases, in which no file fits a pattern, is a case with a problem:
/// were it passed over, other cases would change sides in the split. Other folders are named.
void add_empty_folders(const Description& description,
                       const fs::path& base,
                       const std::vector<fs::path>& folders,
                       FoundCases& found,
                       Log& log) {
  if (description.label.find('/') == std::string::npos) return;
  std::set<std::string> known;
  std::set<std::string> stems;
  const auto remember = [&](const fs::path& path) {
    if (path.empty()) return;
    const std::string folder = path.lexically_relative(base).begin()->string();
    known.insert(folder);
    stems.insert(stem_of(folder));
  };
  for (const auto& [id, one] : found) {
    for (const auto& [channel, path] : one.images) remember(path);
    remember(one.label);
    remember(one.unread);
    known.insert(one.patient);
  }
  for (const fs::path& folder : folders) {
    const std::string name = folder.filename().string();
    if (known.contains(name)) continue;
    const std::string what = fmt::format("{}: holds no file such as {}; found {}",
                                         folder.string(),
                                         description.label,
                                         contents(folder));
    if (!stems.contains(stem_of(name))) {
      log.warn(what + "; passed over");
      continue;
    }
    FoundCase& one = found[name];
    one.patient = name;
    one.problems.push_back(what +
                           "; name the files so, or remove the folder, or leave it out with "
                           "--skip-bad");
  }
}

void read_spacing(const SpacingTable& table, const fs::path& base, SourceData& source) {
  const fs::path path = base / table.file;
  if (type_of(path) == fs::file_type::not_found) return;
  source.metadata.push_back(path);
  try {
    const Json json = read_json(path);
    if (!json.is_array()) throw DataError(path.string() + ": expected a list of objects");
    for (const Json& entry : json) {
      source.in_slice_mm[entry.at(table.case_key).get<std::string>()] =
          entry.at(table.in_slice).get<double>();
    }
  } catch (const nlohmann::json::exception&) {
    throw DataError(
        fmt::format("{}: expected {} and {} of every case; remove the file to go without",
                    path.string(),
                    table.case_key,
                    table.in_slice));
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

}  // namespace

FoundCases find_by_pattern(const Description& description,
                           const fs::path& root,
                           SourceData& source,
                           Log& log) {
  Search search(description);
  Walk walk;
  const std::vector<fs::path> folders = bases(description, root);
  for (const fs::path& base : folders) {
    walk.below(base, [&](const fs::path& path) {
      search.look_at(path, path.lexically_relative(base).generic_string());
    });
  }
  if (search.found.empty()) {
    throw DataError(fmt::format("{}: no case found: looked for images {} and label {}; found {}",
                                folders.front().string(),
                                fmt::join(description.images, ", "),
                                description.label,
                                contents(folders.front())));
  }
  if (description.frames) {
    select_frames(*description.frames, folders.front(), search);
    for (const auto& [patient, list] : search.frame_lists) source.metadata.push_back(list);
  }
  add_empty_folders(description, folders.front(), walk.folders, search.found, log);
  if (description.spacing) read_spacing(*description.spacing, folders.front(), source);
  return search.found;
}

}  // namespace regionwise::sources::detail

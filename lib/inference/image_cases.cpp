#include "inference/image_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "core/comma_list.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/nifti.hpp"

namespace regionwise::inference {
namespace {

namespace fs = std::filesystem;

std::string id_of(const fs::path& path) {
  require_plain(path.filename().string(), readable(path.string()));
  const auto stem = storage::nifti_stem(path.filename().string());
  if (!stem) throw UsageError(path.string() + ": images must be .nii.gz or .nii files");
  return *stem;
}

/// The files of a folder, or the file itself.
std::vector<fs::path> expand(const fs::path& input) {
  if (!fs::exists(input)) throw IoError(input.string() + ": no such file or folder");
  if (!fs::is_directory(input)) return {input};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(input)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && storage::nifti_stem(name)) files.push_back(entry.path());
  }
  if (files.empty()) throw DataError(input.string() + ": holds no .nii.gz or .nii file");
  std::sort(files.begin(), files.end());
  return files;
}

bool is_separator(char c) {
  return c == '_' || c == '-' || c == '.';
}

/// "a_t2, a_t1" as "a": the words that the names of one case's files begin with.
std::string common_id(const std::vector<fs::path>& files) {
  std::string shared = id_of(files.front());
  for (const fs::path& file : files) {
    const std::string stem = id_of(file);
    const auto [end, unused] =
        std::mismatch(shared.begin(), shared.end(), stem.begin(), stem.end());
    shared.erase(end, shared.end());
  }
  const bool inside_a_word = std::any_of(files.begin(), files.end(), [&](const fs::path& file) {
    const std::string stem = id_of(file);
    return stem.size() > shared.size() && !is_separator(stem[shared.size()]);
  });
  const auto last = shared.find_last_of("_-.");
  if (inside_a_word && last != std::string::npos) shared.erase(last);
  while (!shared.empty() && is_separator(shared.back())) shared.pop_back();
  return shared.empty() ? id_of(files.front()) : shared;
}

/// Files joined by commas: each must exist.
void check_joined(const std::string& input, const std::vector<fs::path>& parts) {
  for (const fs::path& part : parts) {
    if (part.empty()) throw UsageError(input + ": a name between the commas is missing");
    if (fs::is_directory(part)) {
      throw UsageError(part.string() + ": is a folder; commas join the files of one case");
    }
    if (!fs::exists(part)) throw IoError(part.string() + ": no such file or folder");
  }
}

/// A file that was given, as one channel of a case or all of them.
struct GivenFile {
  std::string id;
  std::size_t channel = 0;
  fs::path path;
  fs::path listed_in = {};  ///< The folder that was given instead of the file, or empty.
};

GivenFile as_given(const fs::path& file, std::size_t channels) {
  static const std::regex channel_file("(.+)_([0-9]{4})");
  const std::string stem = id_of(file);
  std::smatch parts;
  if (std::regex_match(stem, parts, channel_file)) {
    const std::size_t channel = std::stoul(parts[2].str());
    // With one channel only _0000 can be meant as its number: case_0012 is a case.
    if (channel < channels) return {parts[1].str(), channel, file};
  }
  return {stem, 0, file};
}

using Files = std::vector<GivenFile>;

bool share_a_channel(const Files& files) {
  std::set<std::size_t> channels;
  for (const GivenFile& file : files) channels.insert(file.channel);
  return channels.size() < files.size();
}

/// Two folders of images hold different cases, whatever the names.
bool come_from_two_folders(const Files& files) {
  std::set<fs::path> folders;
  for (const GivenFile& file : files) folders.insert(file.listed_in);
  folders.erase(fs::path());
  return folders.size() > 1;
}

/// The cases, by their names, to which the files of one id belong: one, or one of each folder.
std::map<std::string, Files> told_apart(const std::string& id, const Files& files) {
  if (!share_a_channel(files) && !come_from_two_folders(files)) return {{id, files}};
  std::map<std::string, Files> folders;
  for (const GivenFile& file : files) {
    const fs::path folder = fs::absolute(file.path).lexically_normal().parent_path();
    folders[folder.filename().string() + "_" + id].push_back(file);
  }
  if (folders.size() == 1) return {{id, files}};
  return folders;
}

[[noreturn]] void refuse_pair(const fs::path& first,
                              const fs::path& second,
                              const std::string& id) {
  if (fs::equivalent(first, second)) {
    throw UsageError(second.string() + ": is given twice; name it once");
  }
  throw UsageError(
      fmt::format("{} and {} would both become {}.nii.gz; segment them in two calls, into two "
                  "folders",
                  first.string(),
                  second.string(),
                  id));
}

sources::CaseFiles complete_case(const std::string& id, const Files& files, std::size_t channels) {
  std::map<std::size_t, fs::path> by_channel;
  for (const GivenFile& file : files) {
    const auto [at, is_new] = by_channel.emplace(file.channel, file.path);
    if (!is_new) refuse_pair(at->second, file.path, id);
  }
  sources::CaseFiles one{id, id, {}, {}, {}};
  for (const auto& [channel, path] : by_channel) {
    for (const fs::path& other : one.images) {
      if (fs::equivalent(path, other)) {
        throw UsageError(path.string() + ": is given for two channels; name each one's own file");
      }
    }
    one.images.push_back(path);
  }
  if (one.images.size() != 1 && one.images.size() != channels) {
    throw UsageError(
        fmt::format("case {}: {} of {} channels were given", id, one.images.size(), channels));
  }
  return one;
}

/// What an input stands for: the files of one case joined by commas, a folder's, or itself.
Files files_of(const std::string& input, std::size_t channels) {
  const auto names = split_at_commas(input);
  const std::vector<fs::path> parts(names.begin(), names.end());
  Files files;
  if (parts.size() > 1 && !fs::exists(input)) {
    check_joined(input, parts);
    const std::string id = common_id(parts);
    for (std::size_t c = 0; c < parts.size(); ++c) files.push_back({id, c, parts[c]});
    return files;
  }
  for (const fs::path& path : expand(input)) {
    files.push_back(as_given(path, channels));
    if (fs::is_directory(input)) files.back().listed_in = fs::weakly_canonical(input);
  }
  return files;
}

}  // namespace

std::vector<sources::CaseFiles> group_images(const std::vector<std::string>& inputs,
                                             std::size_t channels) {
  std::map<std::string, Files> by_id;
  for (const std::string& input : inputs) {
    for (const GivenFile& file : files_of(input, channels)) by_id[file.id].push_back(file);
  }
  std::map<std::string, sources::CaseFiles> cases;
  for (const auto& [id, files] : by_id) {
    for (const auto& [name, its_files] : told_apart(id, files)) {
      const auto [at, is_new] = cases.emplace(name, complete_case(name, its_files, channels));
      if (!is_new) refuse_pair(at->second.images.front(), its_files.front().path, name);
    }
  }
  std::vector<sources::CaseFiles> sorted;
  sorted.reserve(cases.size());
  for (auto& [name, one] : cases) sorted.push_back(std::move(one));
  return sorted;
}

}  // namespace regionwise::inference

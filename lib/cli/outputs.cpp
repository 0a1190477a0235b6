#include "cli/outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"

namespace regionwise::cli {
namespace {

namespace fs = std::filesystem;

/// Device and inode: links and other spellings of a path are the same file.
using Identity = std::pair<dev_t, ino_t>;

/// None where nothing is there.
std::optional<Identity> identity_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

/// Files and all files under folders.
std::set<Identity> identities_of(const std::vector<fs::path>& inputs) {
  std::set<Identity> known;
  const auto add = [&](const fs::path& path) {
    if (const auto identity = identity_of(path)) known.insert(*identity);
  };
  std::error_code absent;
  for (const fs::path& input : inputs) {
    add(input);
    if (!fs::is_directory(input, absent)) continue;
    const auto skip = fs::directory_options::skip_permission_denied;
    for (const auto& file : fs::recursive_directory_iterator(input, skip, absent)) add(file.path());
  }
  return known;
}

/// One spelling for a path that need not exist.
fs::path resolved_path(const fs::path& path) {
  std::error_code failed;
  fs::path name = fs::weakly_canonical(fs::absolute(path), failed);
  if (failed) name = fs::absolute(path).lexically_normal();
  return name.has_filename() ? name : name.parent_path();
}

bool is_or_lies_in(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

void add(std::vector<fs::path>& list, const fs::path& path) {
  if (!path.empty()) list.push_back(path);
}

}  // namespace

Outputs& Outputs::reads(const fs::path& input) {
  add(inputs_, input);
  return *this;
}

Outputs& Outputs::reads(const std::vector<fs::path>& inputs) {
  for (const fs::path& input : inputs) reads(input);
  return *this;
}

Outputs& Outputs::lists(const fs::path& folder) {
  add(listed_, folder);
  return *this;
}

Outputs& Outputs::writes(const fs::path& file) {
  files_.push_back(file);
  return *this;
}

Outputs& Outputs::continues(const fs::path& file) {
  add(continued_, file);
  return *this;
}

Outputs& Outputs::writes_into(const fs::path& folder,
                              const std::vector<std::string>& names,
                              const std::set<std::string>& finished) {
  if (folder.empty() && names.empty()) return *this;
  folders_.push_back(folder);
  for (const std::string& name : names) {
    (finished.contains(name) ? continued_ : files_in_folders_).push_back(folder / name);
  }
  return *this;
}

void Outputs::claim() {
  const auto is_empty = [](const fs::path& path) { return path.empty(); };
  if (std::any_of(files_.begin(), files_.end(), is_empty) ||
      std::any_of(folders_.begin(), folders_.end(), is_empty)) {
    throw UsageError("an output has an empty name");
  }
  if (std::ranges::count(outputs(), "-") > 0) {
    throw UsageError(
        "-: HDF5 files and pictures cannot go to standard output; name a file (./- is one)");
  }
  refuse_clashes();
  refuse_inputs();
  check_names();
  check_folders();
  for (const fs::path& file : files_) {
    held_.push_back(std::make_unique<storage::CompleteFile>(file, force_));
  }
}

std::vector<fs::path> Outputs::outputs() const {
  std::vector<fs::path> all = files_;
  all.insert(all.end(), continued_.begin(), continued_.end());
  all.insert(all.end(), files_in_folders_.begin(), files_in_folders_.end());
  return all;
}

void Outputs::refuse_clashes() const {
  std::set<fs::path> names;
  for (const fs::path& file : outputs()) {
    if (names.insert(resolved_path(file)).second) continue;
    throw UsageError(file.string() + ": would be written twice; name two outputs");
  }
  for (const fs::path& folder : folders_) {
    for (const fs::path& file : names) {
      if (!is_or_lies_in(resolved_path(folder), file)) continue;
      throw UsageError(folder.string() +
                       ": is named both as a file and as a folder to write; name two outputs");
    }
  }
}

void Outputs::refuse_inputs() const {
  std::error_code absent;
  for (const fs::path& folder : folders_) {
    for (const fs::path& listed : listed_) {
      if (!fs::equivalent(folder, listed, absent)) continue;
      throw UsageError(folder.string() + ": is a folder of inputs; give another output folder");
    }
  }
  std::optional<std::set<Identity>> inputs;  // many files: looked at only where it matters
  for (const fs::path& file : outputs()) {
    const auto identity = identity_of(file);
    if (!identity) continue;
    if (!inputs) inputs = identities_of(inputs_);
    if (inputs->contains(*identity)) {
      throw UsageError(file.string() + ": is an input; give another output");
    }
  }
}

void Outputs::check_names() const {
  // A file that is being written is named after it; of 255 bytes some are for that.
  constexpr std::size_t kLongestName = 230;
  for (const fs::path& file : outputs()) {
    if (file.extension() == storage::kLockEnding) {
      throw UsageError(fmt::format("{}: {} is how the lock beside an output ends: name another",
                                   file.string(),
                                   storage::kLockEnding));
    }
    const std::size_t bytes = file.filename().native().size();
    if (bytes <= kLongestName) continue;
    throw IoError(fmt::format("{}: its name has {} bytes, at most {} are taken: give a shorter one",
                              file.string(),
                              bytes,
                              kLongestName));
  }
}

void Outputs::check_folders() const {
  std::error_code absent;
  for (const fs::path& folder : folders_) {
    if (fs::exists(folder, absent) && !fs::is_directory(folder, absent)) {
      throw IoError(folder.string() + ": is a file: name a folder");
    }
  }
  for (const fs::path& file : continued_) storage::check_replaceable(file);
  for (const fs::path& file : files_in_folders_) {
    storage::check_replaceable(file);
    if (!force_ && fs::exists(file, absent)) {
      throw IoError(file.string() + ": exists: use --force to replace it");
    }
  }
}

}  // namespace regionwise::cli

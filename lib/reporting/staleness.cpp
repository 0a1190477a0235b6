#include "reporting/staleness.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "storage/dataset_file.hpp"

namespace regionwise::reporting {
namespace {

/// A file of a lineage as it is today.
struct Today {
  std::optional<std::string> hash;  ///< None where there is no regular file that can be read.
  bool exists = false;
};

/// The files as they are today, each read once.
class TodaysFiles {
 public:
  const Today& at(const std::filesystem::path& path) {
    const auto [entry, is_new] = files_.try_emplace(path);
    std::error_code ignored;
    if (is_new && std::filesystem::is_regular_file(path, ignored)) {
      entry->second.exists = true;
      try {
        entry->second.hash = hash_file(path);
      } catch (const IoError&) {
        // Told from one that is gone by `exists`.
      }
    }
    return entry->second;
  }

 private:
  std::map<std::filesystem::path, Today> files_;
};

void add_cause(StalenessReport& report, Freshness freshness, const std::string& cause) {
  report.freshness = std::max(report.freshness, freshness);
  report.causes.push_back(cause);
}

/// Compares one file of a lineage with what has its name now.
void compare(const Today& now,
             const std::string& hash,
             const std::string& name,
             StalenessReport& report) {
  if (!now.hash) {
    add_cause(
        report, Freshness::unverifiable, name + (now.exists ? " cannot be read" : " is gone"));
  } else if (*now.hash != hash) {
    add_cause(report, Freshness::stale, name + " changed");
  }
}

using SourceFiles = std::vector<std::pair<std::string, std::string>>;  // path, hash

/// The deepest folder that holds them all.
std::filesystem::path common_folder(const SourceFiles& files) {
  std::filesystem::path common = std::filesystem::path(files[0].first).parent_path();
  for (const auto& [path, hash] : files) {
    while (!common.empty() && common != common.parent_path()) {
      const std::filesystem::path below = std::filesystem::path(path).lexically_relative(common);
      if (!below.empty() && *below.begin() != "..") break;
      common = common.parent_path();
    }
  }
  return common;
}

/// The folder of the recorded paths in whose place `root` is: the deepest below which it holds any
/// of the files. Where it holds none, the one they have in common.
std::filesystem::path folder_replaced(const SourceFiles& files, const std::filesystem::path& root) {
  std::filesystem::path common = common_folder(files);
  for (std::filesystem::path folder = common;; folder = folder.parent_path()) {
    for (const auto& [path, hash] : files) {
      const auto moved = root / std::filesystem::path(path).lexically_relative(folder);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(moved, ignored)) return folder;
    }
    if (folder.empty() || folder == folder.parent_path()) return common;
  }
}

/// Where files lie today that lay in one folder.
struct Move {
  std::filesystem::path from;
  std::filesystem::path to;  ///< Empty: they did not move.

  std::filesystem::path of(const std::filesystem::path& path) const {
    if (to.empty()) return path;
    const std::filesystem::path below = path.lexically_relative(from);
    return below.empty() || *below.begin() == ".." ? path : to / below;
  }
};

/// All inputs, the nearest first. An input that many files of the history share is one cause.
void check_inputs(const storage::Lineage& lineage,
                  const Move& move,
                  TodaysFiles& today,
                  StalenessReport& report) {
  struct Step {
    const storage::Lineage* made;
    std::string way;
  };
  std::set<std::filesystem::path> causes;
  std::deque<Step> next{{&lineage, ""}};
  for (; !next.empty(); next.pop_front()) {
    for (const storage::Lineage& input : next.front().made->inputs) {
      const std::filesystem::path path = move.of(input.path);
      const std::string name = next.front().way + path.string();
      StalenessReport found;
      compare(today.at(path), input.hash, name, found);
      if (!found.causes.empty() && causes.insert(path).second) {
        add_cause(report, found.freshness, found.causes.front());
      }
      next.push_back({&input, name + " < "});
    }
  }
}

/// Fills in report.source_files, and says where the images are; nothing of files of other formats.
Move find_sources(const storage::SourceList& list,
                  const SourceOptions& options,
                  StalenessReport& report) {
  if (!list.of_dataset) return {};
  report.source_files = std::ssize(list.files);
  if (!list.complete) {
    add_cause(report, Freshness::unverifiable, "it does not list its images: an older program's");
  }
  if (list.files.empty() || options.root.empty()) return {};
  return {folder_replaced(list.files, options.root), options.root};
}

StalenessReport check_file(const std::filesystem::path& file,
                           const SourceOptions& sources,
                           TodaysFiles& today) {
  StalenessReport report;
  report.file = file.string();
  try {
    const storage::Lineage lineage = storage::read_lineage(file);
    report.program = lineage.program;
    report.commit = lineage.commit;
    storage::SourceList list;
    if (sources.compare) list = storage::read_source_list(file);
    const Move move = find_sources(list, sources, report);
    check_inputs(lineage, move, today, report);
    for (const auto& [path, hash] : list.files) {
      compare(today.at(move.of(path)), hash, move.of(path).string(), report);
    }
  } catch (const Error& error) {
    report.freshness = error.code() == ExitCode::io ? Freshness::unreadable : Freshness::damaged;
    const std::string_view message = error.what();
    const std::string prefix = report.file + ": ";
    report.causes = {
        std::string(message.starts_with(prefix) ? message.substr(prefix.size()) : message)};
  }
  return report;
}

}  // namespace

Build compare_builds(const std::string& commit, const std::string& of_this_program) {
  const auto names_none = [](const std::string& one) {
    return one.empty() || one == "unknown" || one.find("-dirty") != std::string::npos;
  };
  if (names_none(commit) || names_none(of_this_program)) return Build::unknown;
  return commit == of_this_program ? Build::same : Build::other;
}

std::string to_string(Build build) {
  switch (build) {
    case Build::same:
      return "same";
    case Build::other:
      return "other";
    case Build::unknown:
      return "unknown";
  }
  return {};
}

std::string to_string(Freshness freshness) {
  switch (freshness) {
    case Freshness::current:
      return "current";
    case Freshness::unverifiable:
      return "unverifiable";
    case Freshness::stale:
      return "stale";
    case Freshness::damaged:
      return "damaged";
    case Freshness::unreadable:
      return "unreadable";
  }
  return {};
}

std::vector<StalenessReport> check_staleness(std::span<const std::filesystem::path> files,
                                             const SourceOptions& sources) {
  TodaysFiles today;
  std::vector<StalenessReport> reports;
  for (const auto& file : files) reports.push_back(check_file(file, sources, today));
  return reports;
}

}  // namespace regionwise::reporting

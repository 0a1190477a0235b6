#include "reporting/staleness.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/hash.hpp"

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

void check_inputs(const storage::Lineage& lineage,
                  const std::string& above,
                  TodaysFiles& today,
                  StalenessReport& report) {
  for (const storage::Lineage& input : lineage.inputs) {
    const std::string name = above + input.path.string();
    const Today& now = today.at(input.path);
    if (!now.hash) {
      report.freshness = std::max(report.freshness, Freshness::unverifiable);
      report.causes.push_back(name + (now.exists ? " cannot be read" : " is gone"));
    } else if (*now.hash != input.hash) {
      report.freshness = Freshness::stale;
      report.causes.push_back(name + " changed");
    }
    check_inputs(input, name + " < ", today, report);
  }
}

StalenessReport check_file(const std::filesystem::path& file, TodaysFiles& today) {
  StalenessReport report;
  report.file = file.string();
  try {
    const storage::Lineage lineage = storage::read_lineage(file);
    report.program = lineage.program;
    report.commit = lineage.commit;
    check_inputs(lineage, "", today, report);
  } catch (const Error& error) {
    report.freshness = Freshness::unreadable;
    const std::string_view message = error.what();
    const std::string prefix = report.file + ": ";
    report.causes = {
        std::string(message.starts_with(prefix) ? message.substr(prefix.size()) : message)};
  }
  return report;
}

}  // namespace

std::string to_string(Freshness freshness) {
  switch (freshness) {
    case Freshness::current:
      return "current";
    case Freshness::unverifiable:
      return "unverifiable";
    case Freshness::stale:
      return "stale";
    case Freshness::unreadable:
      return "unreadable";
  }
  return {};
}

std::vector<StalenessReport> check_staleness(std::span<const std::filesystem::path> files) {
  TodaysFiles today;
  std::vector<StalenessReport> reports;
  for (const auto& file : files) reports.push_back(check_file(file, today));
  return reports;
}

}  // namespace regionwise::reporting

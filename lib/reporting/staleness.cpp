#include "reporting/staleness.hpp"

#include <algorithm>
#include <optional>

#include "core/hash.hpp"

namespace regionwise::reporting {
namespace {

/// Hashes of the files as they are today.
class TodaysHashes {
 public:
  /// None where there is no such regular file.
  const std::optional<std::string>& of(const std::filesystem::path& path) {
    const auto [entry, is_new] = hashes_.try_emplace(path);
    std::error_code ignored;
    if (is_new && std::filesystem::is_regular_file(path, ignored)) {
      entry->second = hash_file(path);
    }
    return entry->second;
  }

 private:
  std::map<std::filesystem::path, std::optional<std::string>> hashes_;
};

void check_inputs(const storage::Lineage& lineage,
                  const std::string& above,
                  TodaysHashes& today,
                  StalenessReport& report) {
  for (const storage::Lineage& input : lineage.inputs) {
    const std::string name = above + input.path.string();
    const std::optional<std::string>& hash = today.of(input.path);
    const bool changed = hash && *hash != input.hash;
    if (!hash) {
      report.freshness = std::max(report.freshness, Freshness::unverifiable);
      report.causes.push_back(name + " is gone");
    } else if (changed) {
      report.freshness = Freshness::stale;
      report.causes.push_back(name + " changed");
    }
    check_inputs(input, name + " < ", today, report);
  }
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
  }
  return {};
}

std::vector<StalenessReport> check_staleness(std::span<const std::filesystem::path> files) {
  TodaysHashes today;
  std::vector<StalenessReport> reports;
  for (const auto& file : files) {
    const storage::Lineage lineage = storage::read_lineage(file);
    StalenessReport report{file.string(), Freshness::current, {}, lineage.program, lineage.commit};
    check_inputs(lineage, "", today, report);
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace regionwise::reporting

#include "reporting/seeds.hpp"

#include <fmt/format.h>

#include <set>

#include "core/error.hpp"
#include "reporting/run_failure.hpp"

namespace regionwise::reporting {
namespace {

/// Runs that used files of a kind, by the hash of each.
class UsedFiles {
 public:
  void add(const std::string& hash, const std::string& run) {
    if (!hash.empty() && hashes_.insert(hash).second) runs_.push_back(run);
  }

  /// "trained from 2 dataset files of different bytes (…)"; empty where it was one.
  std::string describe(const std::string& trained_with, const std::string& what) const {
    if (runs_.size() < 2) return "";
    return fmt::format("trained {} {} {} files of different bytes ({} and {}{})",
                       trained_with,
                       runs_.size(),
                       what,
                       runs_[0],
                       runs_[1],
                       runs_.size() > 2 ? " among them" : "");
  }

 private:
  std::set<std::string> hashes_;
  std::vector<std::string> runs_;
};

}  // namespace

std::string first_difference(const Json& configuration, const Json& other) {
  const auto complete = [](Json json) {
    constexpr const char* kRule = "failure";
    if (json.is_object() && !json.contains(kRule)) json[kRule] = to_json(FailureRule());
    return json;
  };
  const Json changes = Json::diff(complete(configuration), complete(other));
  if (changes.empty()) return "";
  const auto path = changes.front().at("path").get<std::string>();
  return path.empty() ? "/" : path;  // Empty: that of the whole.
}

std::string training_difference(const storage::RunRecord& run, const storage::RunRecord& other) {
  const auto setting = first_difference(run.configuration, other.configuration);
  if (!setting.empty()) return fmt::format("configuration ({})", setting);
  if (run.dataset_hash != other.dataset_hash) return "dataset file";
  if (run.maps_hash != other.maps_hash) return "maps file";
  return "";
}

void SameConfiguration::check(const Training& run) {
  if (run.name.empty()) return;
  const auto [first, is_new] = first_.try_emplace(run.name, run);
  const auto setting = first_difference(run.configuration, first->second.configuration);
  if (setting.empty()) return;
  // Where a configuration says nothing of it, the plan is that of the dataset file.
  const char* whose = setting.starts_with("/plan/") ? " (a plan may be the dataset file's)" : "";
  throw DataError(fmt::format(
      "{}: its configuration differs from that of {} in {}{}, and both are \"{}\": they are no "
      "seeds of one; train one of them under another name (--set name=…)",
      run.file,
      first->second.file,
      setting,
      whose,
      run.name));
}

std::vector<std::string> describe_files(std::span<const Training> runs) {
  UsedFiles datasets;
  std::map<std::string, UsedFiles> maps;  // by name
  for (const Training& run : runs) {
    datasets.add(run.dataset_hash, run.file);
    if (!run.name.empty()) maps[run.name].add(run.maps_hash, run.file);
  }
  std::vector<std::string> lines;
  const std::string from = datasets.describe("from", "dataset");
  if (!from.empty()) lines.push_back(from + ": their images may differ");
  for (const auto& [name, used] : maps) {
    const std::string with = used.describe("with", "maps");
    if (!with.empty()) lines.push_back(fmt::format("{}: {}: their maps may differ", name, with));
  }
  return lines;
}

}  // namespace regionwise::reporting

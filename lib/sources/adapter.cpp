#include "sources/adapter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "core/error.hpp"
#include "core/regular_expression.hpp"
#include "core/text.hpp"
#include "sources/layout.hpp"
#include "sources/problems.hpp"

namespace regionwise::sources {
namespace {

namespace fs = std::filesystem;
using detail::FoundCase;
using detail::FoundCases;

void check_root(const fs::path& root) {
  const fs::file_type type = detail::type_of(root);
  if (type == fs::file_type::not_found) throw IoError(root.string() + ": no such folder");
  if (type != fs::file_type::directory) throw IoError(root.string() + ": not a folder");
}

/// What is missing of a case; empty where nothing is.
std::string missing_part(const FoundCase& found, const std::string& id, const SourceData& source) {
  std::vector<std::string> channels;
  for (std::size_t c = 0; found.by_channel && c < source.channels.size(); ++c) {
    if (!found.images.contains(c))
      channels.push_back(fmt::format("channel {} ({})", c, source.channels[c]));
  }
  if (!found.images.empty() && !found.label.empty() && channels.empty()) return {};
  const std::string& or_skip = source.remedies.otherwise;
  if (!found.unread.empty()) {
    return fmt::format("{}: images of this kind are not read; convert it to .nii.gz or .nii, {}",
                       found.unread.string(),
                       or_skip);
  }
  if (found.images.empty() && found.label.empty()) {
    return fmt::format(
        "dataset.json lists case {}, but its image and label are missing; add them "
        "or remove the entry, {}",
        id,
        or_skip);
  }
  if (found.images.empty()) {
    return fmt::format("{}: label without image; add the image or remove the label, {}",
                       found.label.string(),
                       or_skip);
  }
  const std::string first = found.images.begin()->second.string();
  std::string problem;
  if (found.label.empty()) {
    problem = first + ": image without label; add the label or remove the image";
  }
  if (!channels.empty()) {
    problem += fmt::format("{}{}: {} of case {} missing beside it; add the file{}",
                           problem.empty() ? "" : "; ",
                           first,
                           fmt::join(channels, ", "),
                           id + (channels.size() == 1 ? " is" : " are"),
                           channels.size() == 1 ? "" : "s");
  }
  return fmt::format("{}, {}", problem, or_skip);
}

/// What is wrong with the names of a case, which stand in files, tables and messages; empty where
/// nothing is.
std::string bad_name(const FoundCase& found,
                     const std::string& id,
                     const fs::path& root,
                     const SourceData& source) {
  std::vector<fs::path> files{found.label};
  for (const auto& [channel, path] : found.images) files.push_back(path);
  for (const fs::path& file : files) {
    if (is_plain(file.lexically_relative(root).string())) continue;
    return fmt::format(
        "{}: its name must be UTF-8 without control characters, and is {}; rename it, {}",
        readable(file.string()),
        json_quoted(file.lexically_relative(root).string()),
        source.remedies.otherwise);
  }
  if (id == "." || id == "..") {
    return fmt::format(
        "case {}: a case cannot be named so; rename it, {}", id, source.remedies.otherwise);
  }
  if (is_plain(id)) return {};
  return fmt::format(
      "dataset.json lists case {}: names must be without control characters; rename it, {}",
      json_quoted(id),
      source.remedies.otherwise);
}

/// All that is wrong with the files found of a case.
std::vector<std::string> problems_of(const FoundCase& found,
                                     const std::string& id,
                                     const fs::path& root,
                                     const SourceData& source) {
  std::vector<std::string> problems = found.problems;
  const std::string name = bad_name(found, id, root, source);
  if (!name.empty()) problems.push_back(name);
  if (!problems.empty() && found.images.empty() && found.label.empty()) return problems;
  const std::string missing = missing_part(found, id, source);
  if (!missing.empty()) problems.push_back(missing);
  return problems;
}

std::string patient_of(const std::string& id,
                       const FoundCase& found,
                       const std::string& expression,
                       std::vector<std::string>& problems) {
  if (!found.patient.empty()) return found.patient;
  if (expression.empty()) return id;
  std::smatch groups;
  if (!std::regex_search(id, groups, compile_regex(expression))) {
    problems.push_back(fmt::format(
        "case {}: the description's patient expression {} does not match", id, expression));
    return id;
  }
  std::string patient = groups.size() > 1 ? groups[1].str() : groups[0].str();
  if (!patient.empty()) return patient;
  problems.push_back(fmt::format(
      "case {}: the description's patient expression {} matches nothing of it", id, expression));
  return id;
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

std::int64_t count_patients(const SourceData& source) {
  std::set<std::string> patients;
  for (const CaseFiles& one : source.cases) patients.insert(one.patient);
  return std::ssize(patients);
}

/// Removes cases that are known to be wrong.
void leave_out_errata(const std::vector<Erratum>& errata, bool skip, SourceData& source, Log& log) {
  std::vector<std::string> present;
  for (const Erratum& erratum : errata) {
    const auto is_it = [&](const CaseFiles& one) { return one.id == erratum.case_id; };
    if (std::none_of(source.cases.begin(), source.cases.end(), is_it)) continue;
    present.push_back(erratum.case_id);
    if (!skip) continue;
    std::erase_if(source.cases, is_it);
    source.left_out.emplace_back(erratum.case_id,
                                 fmt::format("known error ({}): {}", erratum.date, erratum.reason));
  }
  if (present.empty() || skip) return;
  log.info(fmt::format("{} of the cases have known errors ({}); --skip-errata leaves them out",
                       present.size(),
                       fmt::join(present, ", ")));
}

}  // namespace

SourceData find_cases(const Description& description,
                      const fs::path& root,
                      Log& log,
                      const FindOptions& options) {
  check_root(root);
  SourceData source;
  source.channels = description.channels;
  source.classes = description.classes;
  const FoundCases found = description.layout == Layout::decathlon
                               ? detail::read_decathlon(root, source, log)
                               : detail::find_by_pattern(description, root, source, log);
  // They are written when all cases are prepared: what no file takes is said now.
  for (const auto* names : {&source.classes, &source.channels}) {
    for (const std::string& name : *names) require_plain(name, root.string() + ": a name");
  }
  complete_label_map(description, source);
  Problems problems;
  for (const auto& [id, one] : found) {
    std::vector<std::string> wrong = problems_of(one, id, root, source);
    const std::string patient = patient_of(id, one, description.patient_expression, wrong);
    CaseFiles files{id, patient, {}, {}, one.label};
    for (const auto& [channel, path] : one.images) files.images.push_back(path);
    source.cases.push_back(std::move(files));
    problems.add(id, wrong);
  }
  if (options.splits) {
    source.left_out = apply_splits(*options.splits, source.cases);
    source.splits_hash = options.splits->hash;
  } else {
    split_by_rule(description, source.cases);
    for (const CaseFiles& one : source.cases) {
      if (!one.split.empty()) continue;
      problems.add(
          one.id,
          {fmt::format(
              "case {}: the name of patient {} holds no number to split by", one.id, one.patient)});
    }
  }
  if (description.patients > 0) {
    detail::warn_of_count(
        count_patients(source), "patients", description.name, description.patients, log);
  }
  problems.move_to(source);
  leave_out_errata(description.errata, options.skip_errata, source, log);
  return source;
}

}  // namespace regionwise::sources

#include "storage/lineage.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::storage {
namespace {

constexpr std::size_t kShownDigits = 12;

/// More than any study has.
constexpr int kMostSteps = 12;
constexpr int kMostFiles = 500;

/// `files`: read so far. A group may be a link to one that holds it.
Lineage read_group(const Hdf5Reader& file, const std::string& provenance, int steps, int& files) {
  if (steps > kMostSteps || ++files > kMostFiles) {
    throw DataError(fmt::format(
        "{}: /provenance: more than {} steps or {} files: it holds itself; make the file anew",
        file.path().string(),
        kMostSteps,
        kMostFiles));
  }
  Lineage lineage;
  lineage.program = file.text_attribute(provenance, "program");
  lineage.commit = file.text_attribute(provenance, "commit");
  lineage.command = file.text_attribute(provenance, "command");
  const std::string inputs = provenance + "/inputs";
  if (!file.exists(inputs)) return lineage;
  for (const std::string& name : file.children(inputs)) {
    const std::string group = inputs + "/" + name;
    const std::string history = group + "/provenance";
    Lineage input = file.exists(history) ? read_group(file, history, steps + 1, files) : Lineage();
    input.path = file.text_attribute(group, "path");
    input.hash = file.text_attribute(group, "hash");
    lineage.inputs.push_back(std::move(input));
  }
  return lineage;
}

void describe(const Lineage& lineage, std::size_t depth, std::vector<std::string>& lines) {
  std::string line(2 * depth, ' ');
  line += lineage.path.string();
  if (!lineage.hash.empty()) line += fmt::format(" ({})", lineage.hash.substr(0, kShownDigits));
  if (lineage.is_of_suite()) line += fmt::format(": {} [{}]", lineage.command, lineage.commit);
  lines.push_back(plain(line));
  for (const Lineage& input : lineage.inputs) describe(input, depth + 1, lines);
}

}  // namespace

Lineage read_lineage(const std::filesystem::path& path) {
  const Hdf5Reader file(path);
  if (!file.exists("/provenance")) {
    throw DataError(path.string() + ": has no /provenance: it is not a file of this suite");
  }
  int files = 0;
  Lineage lineage = read_group(file, "/provenance", 0, files);
  lineage.path = path;
  return lineage;
}

Json to_json(const Lineage& lineage) {
  Json inputs = Json::array();
  for (const Lineage& input : lineage.inputs) inputs.push_back(to_json(input));
  return {{"path", lineage.path.string()},
          {"hash", lineage.hash},
          {"program", lineage.program},
          {"commit", lineage.commit},
          {"command", lineage.command},
          {"inputs", std::move(inputs)}};
}

std::vector<std::string> describe(const Lineage& lineage) {
  std::vector<std::string> lines;
  describe(lineage, 0, lines);
  return lines;
}

}  // namespace regionwise::storage

#include "storage/lineage.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/hdf5.hpp"
#include "storage/history.hpp"

namespace regionwise::storage {
namespace {

constexpr std::size_t kShownDigits = 12;

Lineage lineage_of(const History& history) {
  Lineage lineage;
  lineage.program = history.text("program");
  lineage.commit = history.text("commit");
  lineage.command = history.text("command");
  for (const HistoricInput& input : history.inputs) {
    Lineage of_input = input.history ? lineage_of(*input.history) : Lineage();
    of_input.path = input.path;
    of_input.hash = input.hash;
    lineage.inputs.push_back(std::move(of_input));
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
  Lineage lineage = lineage_of(read_history(file));
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

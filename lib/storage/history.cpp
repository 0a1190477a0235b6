#include "storage/history.hpp"

#include <fmt/format.h>

#include <array>

#include "core/error.hpp"

namespace regionwise::storage {
namespace {

constexpr const char* kHistory = "/provenance";

/// More than any study has.
constexpr int kMostSteps = 12;
constexpr int kMostFiles = 500;

/// The texts, and whether there must be such.
constexpr std::array<std::pair<const char*, bool>, 8> kTexts = {{{"schema", false},
                                                                 {"program", true},
                                                                 {"version", false},
                                                                 {"commit", true},
                                                                 {"compiler", false},
                                                                 {"command", true},
                                                                 {"device", false},
                                                                 {"libtorch", false}}};

/// `files`: read so far. A group may be a link to one that holds it.
History read_group(const Hdf5Reader& file, const std::string& group, int steps, int& files) {
  if (steps > kMostSteps || ++files > kMostFiles) {
    throw DataError(fmt::format(
        "{}: /provenance: more than {} steps or {} files: it holds itself; make the file anew",
        file.path().string(),
        kMostSteps,
        kMostFiles));
  }
  History history;
  for (const auto& [name, required] : kTexts) {
    if (required || file.has_attribute(group, name))
      history.texts.emplace_back(name, file.text_attribute(group, name));
  }
  const auto integer = [&](const char* name, std::int64_t& value) {
    if (file.has_attribute(group, name)) value = file.integer_attribute(group, name);
  };
  integer("schema_version", history.schema_version);
  integer("threads", history.threads);
  if (file.has_attribute(group, "seed")) history.seed = file.unsigned_attribute(group, "seed");
  const std::string configuration = group + "/configuration";
  if (file.exists(configuration)) history.configuration = file.read_text(configuration);
  const std::string inputs = group + "/inputs";
  if (!file.exists(inputs)) return history;
  for (const std::string& name : file.children(inputs)) {
    const std::string input = fmt::format("{}/{}", inputs, name);
    HistoricInput read{file.text_attribute(input, "path"), file.text_attribute(input, "hash"), {}};
    if (file.exists(input + kHistory)) {
      read.history =
          std::make_shared<const History>(read_group(file, input + kHistory, steps + 1, files));
    }
    history.inputs.push_back(std::move(read));
  }
  return history;
}

void write_group(Hdf5Writer& file, const std::string& group, const History& history) {
  file.group(group);
  for (const auto& [name, text] : history.texts) file.attribute(group, name, text);
  file.attribute(group, "schema_version", history.schema_version);
  file.attribute(group, "threads", history.threads);
  if (history.seed) file.attribute(group, "seed", *history.seed);
  if (!history.configuration.empty())
    file.write_text(group + "/configuration", history.configuration);
  file.group(group + "/inputs");
  // As many digits as the last number has: the names then sort as the inputs were given.
  const auto digits = std::to_string(history.inputs.size()).size();
  std::size_t number = 0;
  for (const auto& input : history.inputs) {
    const auto name = fmt::format("{}/inputs/{:0{}}", group, ++number, digits);
    file.group(name);
    file.attribute(name, "path", input.path);
    file.attribute(name, "hash", input.hash);
    if (input.history) write_group(file, name + kHistory, *input.history);
  }
}

}  // namespace

const std::string& History::text(const std::string& name) const {
  static const std::string none;
  for (const auto& [found, text] : texts) {
    if (found == name) return text;
  }
  return none;
}

History read_history(const Hdf5Reader& file) {
  int files = 0;
  return read_group(file, kHistory, 0, files);
}

void write_history(Hdf5Writer& file, const History& history) {
  write_group(file, kHistory, history);
}

}  // namespace regionwise::storage

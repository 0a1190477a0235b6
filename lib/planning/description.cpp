#include "planning/description.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/error.hpp"

namespace regionwise::planning {
namespace {

const std::filesystem::path kFolder = REGIONWISE_DATA_PREP;

Layout parse_layout(const std::string& name, const std::string& where) {
  if (name == "files") return Layout::files;
  if (name == "decathlon") return Layout::decathlon;
  if (name == "phantom") return Layout::phantom;
  throw UsageError(
      fmt::format("{}: unknown layout \"{}\" (known: files, decathlon, phantom)", where, name));
}

std::int32_t parse_integer(const std::string& text, const std::string& where) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(fmt::format("{}: \"{}\" is not a whole number", where, text));
  }
  return value;
}

LabelMap parse_label_map(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  LabelMap map;
  for (const auto& [key, value] : json.items()) {
    map[parse_integer(key, where)] = reader.get<int>(key);
  }
  return map;
}

bool parse_train_first(JsonReader reader) {
  const auto rule = reader.get<std::string>("rule");
  if (rule != "alternate") {
    throw UsageError(
        fmt::format("{}: unknown rule \"{}\" (known: alternate)", reader.place("rule"), rule));
  }
  const auto first = reader.get<std::string>("first", "train");
  if (first != "train" && first != "validation") {
    throw UsageError(reader.place("first") + ": expected \"train\" or \"validation\"");
  }
  reader.finish();
  return first == "train";
}

void check(const Description& d, const std::string& where) {
  const auto fail = [&](const std::string& what) { throw UsageError(where + ": " + what); };
  if (d.classes.size() == 1 || d.classes.size() > 127) fail("classes must hold 2 to 127 names");
  if (d.layout == Layout::decathlon) return;
  if (d.channels.empty()) fail("channels must name at least one");
  if (d.classes.empty()) fail("classes must be named, the background first");
  if (d.layout == Layout::phantom) return;
  if (d.images.size() != d.channels.size()) fail("images must hold one pattern per channel");
  std::vector<std::string> patterns = d.images;
  patterns.push_back(d.label);
  for (const std::string& pattern : patterns) {
    if (pattern.find("{case}") == std::string::npos) {
      fail(fmt::format("the pattern \"{}\" does not hold {{case}}", pattern));
    }
  }
}

}  // namespace

Description parse_description(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Description d;
  d.name = reader.get<std::string>("name");
  d.layout = parse_layout(reader.get<std::string>("layout"), reader.place("layout"));
  if (d.layout == Layout::files) {
    d.images = reader.get<std::vector<std::string>>("images");
    d.label = reader.get<std::string>("label");
    d.case_expression = reader.get<std::string>("case", "");
  }
  d.patient_expression = reader.get<std::string>("patient", "");
  d.channels = reader.get<std::vector<std::string>>("channels", {});
  d.classes = reader.get<std::vector<std::string>>("classes", {});
  if (reader.has("label_map")) {
    d.label_map = parse_label_map(reader.member("label_map"), reader.place("label_map"));
  }
  if (reader.has("split")) d.train_first = parse_train_first(reader.child("split"));
  d.licence = reader.get<std::string>("licence", "");
  d.citation = reader.get<std::string>("citation", "");
  d.obtain = reader.get<std::string>("obtain", "");
  d.environment = reader.get<std::string>("environment", "");
  reader.finish();
  check(d, where);
  return d;
}

std::vector<std::string> described_data_sets() {
  std::vector<std::string> names;
  if (!std::filesystem::is_directory(kFolder)) {
    throw IoError(
        fmt::format("{}: no such folder; name a description with --description", kFolder.string()));
  }
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Description find_description(const std::string& name) {
  const std::vector<std::string> known = described_data_sets();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw UsageError(
        fmt::format("unknown data set \"{}\" (known: {}; your own: --description FILE)",
                    name,
                    fmt::join(known, ", ")));
  }
  const auto path = kFolder / (name + ".json");
  return parse_description(read_json(path), path.string());
}

std::pair<std::int32_t, int> parse_label_mapping(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    throw UsageError(fmt::format("label map \"{}\": expected VALUE=CLASS, such as 255=1", text));
  }
  const std::string where = fmt::format("label map \"{}\"", text);
  return {parse_integer(text.substr(0, equals), where),
          parse_integer(text.substr(equals + 1), where)};
}

}  // namespace regionwise::planning

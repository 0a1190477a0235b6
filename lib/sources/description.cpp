#include "sources/description.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <regex>

#include "core/error.hpp"
#include "storage/class_names.hpp"

namespace regionwise::sources {
namespace {

constexpr std::size_t kLongestId = 255;  // a file's name has no more

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

void parse_split(JsonReader reader, Description& d) {
  const auto one_of = [&](const char* key, const char* yes, const char* no) {
    const auto text = reader.get<std::string>(key, yes);
    if (text != yes && text != no) {
      throw UsageError(fmt::format("{}: expected \"{}\" or \"{}\"", reader.place(key), yes, no));
    }
    return text == yes;
  };
  const auto rule = reader.get<std::string>("rule");
  if (rule == "alternate") {
    d.train_first = one_of("first", "train", "validation");
  } else if (rule == "number") {
    d.split_by_number = true;
    d.train_even = one_of("train", "even", "odd");
  } else {
    throw UsageError(fmt::format(
        "{}: unknown rule \"{}\" (known: alternate, number)", reader.place("rule"), rule));
  }
  reader.finish();
}

FrameList parse_frames(JsonReader reader) {
  FrameList frames{reader.get<std::string>("file"),
                   reader.get<std::vector<std::string>>("keys"),
                   reader.get<std::string>("case")};
  if (frames.keys.empty()) throw UsageError(reader.place("keys") + ": must name at least one");
  if (frames.file.find("{patient}") == std::string::npos) {
    throw UsageError(reader.place("file") + ": the pattern does not hold {patient}");
  }
  frame_case_id(frames, "patient", 1);  // Says what is wrong with the format.
  reader.finish();
  return frames;
}

SliceConversion parse_slices(JsonReader reader) {
  SliceConversion slices;
  const auto keep = reader.get<std::string>("keep", "all");
  if (keep != "all" && keep != "labelled") {
    throw UsageError(reader.place("keep") + ": expected \"all\" or \"labelled\"");
  }
  slices.labelled_only = keep == "labelled";
  if (reader.has("resize")) {
    const auto size = reader.get<std::vector<std::int64_t>>("resize");
    const bool good = size.size() == 2 && std::all_of(size.begin(), size.end(), [](auto n) {
                        return n >= 1 && n <= 65536;
                      });
    if (!good) throw UsageError(reader.place("resize") + ": expected [rows, columns]");
    slices.resize = {size[0], size[1]};
  }
  reader.finish();
  return slices;
}

SpacingTable parse_spacing(JsonReader reader) {
  SpacingTable table{reader.get<std::string>("file"),
                     reader.get<std::string>("case"),
                     reader.get<std::string>("in_slice")};
  reader.finish();
  return table;
}

std::vector<Erratum> parse_errata(const Json& json, const std::string& where) {
  if (!json.is_array()) throw UsageError(where + ": expected a list");
  std::vector<Erratum> errata;
  for (const Json& entry : json) {
    JsonReader reader(entry, fmt::format("{}[{}]", where, errata.size()));
    errata.push_back({reader.get<std::string>("case"),
                      reader.get<std::string>("date"),
                      reader.get<std::string>("reason")});
    reader.finish();
  }
  return errata;
}

/// Whether a path stays below the folder that it is taken from.
bool lies_below(const std::filesystem::path& path) {
  return path.is_relative() && std::find(path.begin(), path.end(), "..") == path.end();
}

void check(const Description& d, const std::string& where) {
  const auto fail = [&](const std::string& what) { throw UsageError(where + ": " + what); };
  std::vector<std::string> places = d.folders;
  if (d.spacing) places.push_back(d.spacing->file);
  for (const std::string& place : places) {
    if (!lies_below(place)) fail(fmt::format("\"{}\" is not below the data set's folder", place));
  }
  if (d.classes.size() == 1 || d.classes.size() > 128) fail("classes must hold 2 to 128 names");
  const std::string wrong = storage::problem_of_class_names(d.classes);
  if (!wrong.empty()) fail(wrong);
  if (d.layout == Layout::decathlon) return;
  if (d.channels.empty()) fail("channels must name at least one");
  if (d.classes.empty()) fail("classes must be named, the background first");
  if (d.layout == Layout::phantom) {
    if (d.split_by_number) fail("phantoms are split by the rule alternate");
    return;
  }
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
    d.folders = reader.get<std::vector<std::string>>("folders", {});
    d.images = reader.get<std::vector<std::string>>("images");
    d.label = reader.get<std::string>("label");
    d.case_expression = reader.get<std::string>("case", "");
    if (reader.has("spacing")) d.spacing = parse_spacing(reader.child("spacing"));
    if (reader.has("frames")) d.frames = parse_frames(reader.child("frames"));
  }
  d.patient_expression = reader.get<std::string>("patient", "");
  d.channels = reader.get<std::vector<std::string>>("channels", {});
  d.classes = reader.get<std::vector<std::string>>("classes", {});
  if (reader.has("label_map")) {
    d.label_map = parse_label_map(reader.member("label_map"), reader.place("label_map"));
  }
  if (reader.has("split")) parse_split(reader.child("split"), d);
  if (d.layout != Layout::phantom) {
    if (reader.has("slices")) d.slices = parse_slices(reader.child("slices"));
    if (reader.has("errata"))
      d.errata = parse_errata(reader.member("errata"), reader.place("errata"));
  }
  d.patients = reader.get<std::int64_t>("patients", 0);
  if (d.patients < 0) {
    throw UsageError(
        fmt::format("{}: expected at least 0, found {}", reader.place("patients"), d.patients));
  }
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

Description choose_description(const std::string& name, const std::string& file) {
  if (name.empty() && file.empty()) {
    throw UsageError(
        "name a data set, or a description with --description (see prepare-data --help)");
  }
  if (file.empty()) return find_description(name);
  if (!name.empty()) {
    throw UsageError("give either the name of a data set or --description, not both");
  }
  JsonFile read = read_json_and_hash(file);
  Description description = parse_description(read.json, file);
  description.file_hash = std::move(read.hash);
  return description;
}

std::string frame_case_id(const FrameList& frames, const std::string& patient, std::int64_t frame) {
  // No width that fills the memory.
  static const std::regex known_fields(R"(\{(patient|frame)(:0?[0-9]{1,2})?\})");
  try {
    if (frames.case_id.size() > kLongestId ||
        std::regex_replace(frames.case_id, known_fields, "").find_first_of("{}") !=
            std::string::npos)
      throw fmt::format_error("another field");
    return fmt::format(
        fmt::runtime(frames.case_id), fmt::arg("patient", patient), fmt::arg("frame", frame));
  } catch (const fmt::format_error&) {
    throw UsageError(
        fmt::format("frames: \"{}\" is no form of an id such as {{patient}}_frame{{frame:02}}",
                    frames.case_id));
  }
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

}  // namespace regionwise::sources

#include "core/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/hash.hpp"
#include "core/text_file.hpp"

namespace regionwise {

namespace {

constexpr int kMostLevels = 100;
/// Configurations, plans and lists of cases; parsed they take some tens of times their bytes.
constexpr std::size_t kMostJsonBytes = std::size_t{16} << 20;

/// Follows the parser through the keys, to name the last one and to find one that stands twice.
class KeyWatch {
 public:
  void see(Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) levels_.emplace_back();
    if (event == Json::parse_event_t::object_end) levels_.pop_back();
    if (event != Json::parse_event_t::key) return;
    levels_.back().last = parsed.get<std::string>();
    if (!levels_.back().keys.insert(levels_.back().last).second) duplicate_ = levels_.back().last;
  }

  const std::string& duplicate() const { return duplicate_; }
  /// "plan.batch_size"; empty outside objects.
  std::string place() const {
    std::vector<std::string> path;
    for (const Level& level : levels_) path.push_back(level.last);
    return fmt::format("{}", fmt::join(path, "."));
  }

 private:
  struct Level {
    std::set<std::string> keys;
    std::string last;
  };
  std::vector<Level> levels_;
  std::string duplicate_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  text = without_byte_order_mark(text);
  KeyWatch watch;
  try {
    Json json = Json::parse(text, [&](int level, Json::parse_event_t event, Json& parsed) {
      if (level > kMostLevels)
        throw UsageError(fmt::format("{}: is nested deeper than {} levels", where, kMostLevels));
      watch.see(event, parsed);
      return true;
    });
    if (!watch.duplicate().empty())
      throw UsageError(fmt::format("{}: key \"{}\" stands twice", where, watch.duplicate()));
    return json;
  } catch (const nlohmann::json::parse_error& error) {
    const auto end = std::min(text.size(), error.byte);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw UsageError(fmt::format("{}: not JSON: line {} cannot be parsed", where, line));
  } catch (const nlohmann::json::out_of_range&) {
    const std::string key = watch.place();
    throw UsageError(fmt::format("{}{}{}: a number is out of range; the largest is about 1.8e308",
                                 where,
                                 key.empty() ? "" : ":",
                                 key));
  }
}

Json parse_json_or_text(const std::string& text, const std::string& where) {
  if (Json::accept(text)) return parse_json(text, where);
  try {
    Json value(text);
    static_cast<void>(value.dump());  // which is where text of another encoding is noticed
    return value;
  } catch (const nlohmann::json::type_error&) {
    throw UsageError(where + ": is not UTF-8");
  }
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_text_file(path, kMostJsonBytes), path.string());
}

JsonFile read_json_and_hash(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, kMostJsonBytes);
  return {parse_json(text, path.string()), hash_text(text)};
}

void merge_json(Json& base, const Json& changes) {
  const bool other_thing = changes.is_object() && changes.contains("name") && base.is_object() &&
                           base.contains("name") && base["name"] != changes["name"];
  if (!base.is_object() || !changes.is_object() || other_thing) {
    base = changes;
    return;
  }
  for (const auto& [key, value] : changes.items()) {
    if (base.contains(key)) {
      merge_json(base[key], value);
    } else {
      base[key] = value;
    }
  }
}

JsonReader::JsonReader(const Json& object, std::string where)
    : object_(&object), where_(std::move(where)) {
  if (!object.is_object()) throw UsageError(where_ + ": expected a JSON object");
}

bool JsonReader::has(const std::string& key) {
  asked_.insert(key);
  return object_->contains(key);
}

const Json& JsonReader::member(const std::string& key) {
  asked_.insert(key);
  const auto found = object_->find(key);
  if (found == object_->end()) throw UsageError(place(key) + ": missing");
  return *found;
}

JsonReader JsonReader::child(const std::string& key) {
  return {member(key), place(key)};
}

std::string JsonReader::place(const std::string& key) const {
  // The first separator divides file and key: file.json:optimizer.lr
  return where_ + (where_.find(':') == std::string::npos ? ":" : ".") + key;
}

void JsonReader::finish() const {
  for (const auto& [key, value] : object_->items()) {
    if (asked_.contains(key)) continue;
    throw UsageError(
        fmt::format("{}: unknown key (known: {})", place(key), fmt::join(asked_, ", ")));
  }
}

}  // namespace regionwise

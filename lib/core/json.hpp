#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace regionwise {

using Json = nlohmann::ordered_json;

/// Parses JSON text strictly: no comments, no duplicate keys. `where` (a path) names it in errors.
/// Throws UsageError.
Json parse_json(std::string_view text, const std::string& where);

/// Reads and parses a file. Throws IoError or UsageError.
Json read_json(const std::filesystem::path& path);

/// Merges `changes` into `base` key by key (objects recursively, everything else replaced). An
/// object that carries a "name" replaces one of another name whole.
void merge_json(Json& base, const Json& changes);

/// Reads the keys of one JSON object and remembers which were asked for, so that `finish()` can
/// refuse the rest: a misspelt key is an error, never ignored. All errors are UsageErrors naming
/// the place (`experiments/x.json:optimizer.lr`).
class JsonReader {
 public:
  JsonReader(const Json& object, std::string where);

  bool has(const std::string& key);

  template <class T>
  T get(const std::string& key) {
    return convert<T>(member(key), key);
  }

  template <class T>
  T get(const std::string& key, T fallback) {
    return has(key) ? get<T>(key) : fallback;
  }

  /// The member as raw JSON.
  const Json& member(const std::string& key);
  JsonReader child(const std::string& key);
  std::string place(const std::string& key) const;
  const std::string& where() const { return where_; }

  /// Throws where the object holds a key that was never asked for.
  void finish() const;

 private:
  template <class T>
  T convert(const Json& value, const std::string& key) const {
    try {
      check_kind<T>(value);
      return value.get<T>();
    } catch (const nlohmann::json::exception&) {
      throw UsageError(place(key) + ": unexpected value " + value.dump());
    }
  }

  template <class T>
  static void check_kind(const Json& value) {
    // nlohmann converts 1.5 to 1 and 1 to true without a word; a configuration must not.
    bool matches = true;
    if constexpr (std::is_same_v<T, bool>) {
      matches = value.is_boolean();
    } else if constexpr (std::is_integral_v<T>) {
      matches =
          value.is_number_integer() && (std::is_signed_v<T> || value.template get<double>() >= 0);
    } else if constexpr (std::is_floating_point_v<T>) {
      matches = value.is_number();
    }
    if (!matches) value.template get<Json::array_t>();  // throws type_error
  }

  const Json* object_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace regionwise

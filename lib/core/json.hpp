#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace regionwise {

using Json = nlohmann::ordered_json;

/// Parses JSON text strictly: no comments, no duplicate keys, no number beyond a double's range, at
/// most 100 levels (what walks over it calls itself); a byte-order mark is passed over. `where` (a
/// path) names it in errors. Throws UsageError.
Json parse_json(std::string_view text, const std::string& where);

/// A value from a command line: JSON, or plain text where it is none. Throws UsageError as
/// `parse_json` does, and for text that is not UTF-8, which JSON cannot hold.
Json parse_json_or_text(const std::string& text, const std::string& where);

/// Reads and parses a file, "-" being standard input. Throws as read_text_file does, or UsageError
/// for text that is no JSON.
Json read_json(const std::filesystem::path& path);

/// A file that is read but once, so that a pipe serves as well.
struct JsonFile {
  Json json;
  std::string hash;  ///< Of its bytes, as hash_file has it.
};
JsonFile read_json_and_hash(const std::filesystem::path& path);

/// Merges `changes` into `base` key by key (objects recursively, everything else replaced). An
/// object that carries a "name" replaces one of another name whole.
void merge_json(Json& base, const Json& changes);

namespace detail {

template <class T>
struct ListOf : std::false_type {};
template <class T>
struct ListOf<std::vector<T>> : std::true_type {};
template <class T, std::size_t N>
struct ListOf<std::array<T, N>> : std::true_type {};

template <std::integral T>
bool holds_integer(const Json& value) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned()) return std::in_range<T>(value.template get<std::uint64_t>());
  return std::in_range<T>(value.template get<std::int64_t>());
}

/// Whether `value` is a T as it stands. nlohmann converts 1.5 to 1, 1 to true and 3000000000 to a
/// negative int, and drops what an array has no room for, without a word; a configuration must not.
template <class T>
bool holds(const Json& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::is_integral_v<T>) {
    return holds_integer<T>(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return value.is_number() &&
           std::abs(value.template get<double>()) <= std::numeric_limits<T>::max();
  } else if constexpr (ListOf<T>::value) {
    if (!value.is_array()) return false;
    if constexpr (requires { std::tuple_size<T>::value; }) {
      if (value.size() != std::tuple_size<T>::value) return false;
    }
    for (const Json& element : value) {
      if (!holds<typename T::value_type>(element)) return false;
    }
  }
  return true;
}

}  // namespace detail

/// `value` as a T if it is one without any conversion.
template <class T>
std::optional<T> json_as(const Json& value) {
  try {
    if (detail::holds<T>(value)) return value.get<T>();
  } catch (const nlohmann::json::exception&) {
    // A string where a number should be, and the like.
  }
  return std::nullopt;
}

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
    if (auto result = json_as<T>(value)) return *std::move(result);
    throw UsageError(place(key) + ": unexpected value " + value.dump());
  }

  const Json* object_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace regionwise

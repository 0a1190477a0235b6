#include "core/options.hpp"

#include <fmt/format.h>

namespace regionwise {
namespace {

/// Whether a value is of its default's type; a whole number may stand for a real one, not the
/// reverse.
bool fits(const Json& fallback, const Json& value) {
  if (fallback.is_number_float()) return value.is_number();
  if (fallback.is_number_integer()) return json_as<std::int64_t>(value).has_value();
  return fallback.type() == value.type();
}

}  // namespace

Json resolve_options(const std::vector<OptionDoc>& docs,
                     const Json& given,
                     const std::string& where,
                     const std::vector<std::string>& also_known) {
  JsonReader reader(given, where);
  for (const std::string& key : also_known) reader.has(key);
  Json resolved = Json::object();
  for (const OptionDoc& doc : docs) {
    resolved[doc.name] = doc.fallback;
    if (!reader.has(doc.name)) continue;
    const Json& value = reader.member(doc.name);
    if (!doc.fallback.is_null() && !fits(doc.fallback, value)) {
      const std::string type = doc.fallback.type_name();
      throw UsageError(fmt::format("{}: expected {} {}, found {}",
                                   reader.place(doc.name),
                                   type == "object" || type == "array" ? "an" : "a",
                                   type,
                                   value.dump()));
    }
    resolved[doc.name] = value;
  }
  reader.finish();
  return resolved;
}

}  // namespace regionwise

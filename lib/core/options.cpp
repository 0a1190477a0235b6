#include "core/options.hpp"

#include <fmt/format.h>

namespace regionwise {
namespace {

bool same_kind(const Json& a, const Json& b) {
  if (a.is_number_float() || b.is_number_float()) return a.is_number() && b.is_number();
  if (a.is_number() || b.is_number()) return a.is_number_integer() && b.is_number_integer();
  return a.type() == b.type();
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
    if (!doc.fallback.is_null() && !same_kind(doc.fallback, value)) {
      throw UsageError(fmt::format(
          "{}: expected a {}, found {}", reader.place(doc.name), doc.fallback.type_name(), value.dump()));
    }
    resolved[doc.name] = value;
  }
  reader.finish();
  return resolved;
}

}  // namespace regionwise

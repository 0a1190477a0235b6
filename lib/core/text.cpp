#include "core/text.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/json.hpp"

namespace regionwise {
namespace {

/// Bytes of the control character at `at`: 0 where there is none, 2 for U+0080 to U+009F.
std::size_t control_bytes(const std::string& text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f) return 1;
  if (byte != 0xc2 || at + 1 == text.size()) return 0;
  const auto next = static_cast<unsigned char>(text[at + 1]);
  return next >= 0x80 && next <= 0x9f ? 2 : 0;
}

}  // namespace

std::string plain(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t control = control_bytes(text, i);
    result += control > 0 ? ' ' : text[i];
    i += control > 0 ? control : 1;
  }
  return result;
}

std::string json_quoted(const std::string& text) {
  const std::string json = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string result;  // with escapes for DEL and C1, too
  for (std::size_t i = 0; i < json.size();) {
    const std::size_t control = control_bytes(json, i);
    if (control == 0) {
      result += json[i++];
      continue;
    }
    result += fmt::format("\\u{:04x}", static_cast<unsigned char>(json[i + control - 1]));
    i += control;
  }
  return result;
}

std::string readable(const std::string& text) {
  return Json::parse(json_quoted(plain(text))).get<std::string>();
}

bool is_plain(const std::string& text) {
  return plain(text) == text && Json::parse(json_quoted(text)) == Json(text);
}

std::size_t character_bytes(const std::string& text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return end - at;
}

std::string first_columns(const std::string& text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t bytes = character_bytes(text, end);
    const std::size_t width = bytes > 2 ? 2 : 1;
    if (width > columns) break;
    columns -= width;
    end += bytes;
  }
  return text.substr(0, end);
}

const std::string& require_plain(const std::string& text, const std::string& where) {
  if (is_plain(text)) return text;
  throw DataError(fmt::format(
      "{}: expected UTF-8 without control characters, found {}", where, json_quoted(text)));
}

}  // namespace regionwise

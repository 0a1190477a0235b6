#pragma once

#include <cstddef>
#include <string>

namespace regionwise {

/// Whether a text is UTF-8 without control characters (C0, DEL, C1): what may stand in a row of a
/// table, on a terminal and in a picture without meaning more than it says.
bool is_plain(const std::string& text);

/// The text with a blank for each control character; bytes that are not UTF-8 stay.
std::string plain(const std::string& text);

/// The plain text that comes closest: blanks for control characters, U+FFFD for bytes that are not
/// UTF-8.
std::string readable(const std::string& text);

/// The text as a JSON string: escapes for control characters, U+FFFD for bytes that are not UTF-8.
std::string json_quoted(const std::string& text);

/// Bytes of the UTF-8 character that begins at `at`, 1 where none does.
std::size_t character_bytes(const std::string& text, std::size_t at);

/// As many first characters of a UTF-8 text as surely fit so many columns of a terminal. Those of
/// three bytes and more count as two columns, which some of them are.
std::string first_columns(const std::string& text, std::size_t columns);

/// The text itself. DataError `where: expected UTF-8 without control characters, found "…"` unless
/// it is plain.
const std::string& require_plain(const std::string& text, const std::string& where);

}  // namespace regionwise

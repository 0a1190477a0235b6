#pragma once

#include <string>

namespace regionwise {

/// Whether a text is UTF-8 without control characters (C0, DEL, C1): what may stand in a row of a
/// table, on a terminal and in a picture without meaning more than it says.
bool is_plain(const std::string& text);

/// The text with a blank for each control character; bytes that are not UTF-8 stay.
std::string plain(const std::string& text);

/// The text itself. DataError `where: expected UTF-8 without control characters, found "…"` unless
/// it is plain.
const std::string& require_plain(const std::string& text, const std::string& where);

}  // namespace regionwise

#pragma once

#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>

namespace regionwise {

/// Text files are tables, configurations and histories; the longest that anyone has are some tens
/// of MiB.
inline constexpr std::size_t kMostTextBytes = std::size_t{256} << 20;

/// All bytes of a text file, "-" being standard input. Whatever is named, a device or a pipe
/// without end among it, takes no more memory than twice `limit`. IoError where it cannot be opened
/// or read, DataError where it is longer than `limit` bytes or holds a NUL, which no UTF-8 text
/// does.
std::string read_text_file(const std::filesystem::path& path, std::size_t limit = kMostTextBytes);

/// The same without the mark that some editors put before UTF-8 text, to be read line by line.
std::istringstream open_text_file(const std::filesystem::path& path);

/// Text without that mark.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace regionwise

#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace regionwise {

/// 32 hexadecimal digits of XXH3-128: identity of content, not protection against forgery.
std::string hash_text(std::string_view text);

/// The hash of a file's bytes, read in pieces. Throws IoError.
std::string hash_file(const std::filesystem::path& path);

/// One hash for several files: of the lines `<hash> <file name><LF>`, in the order given.
std::string hash_files(std::span<const std::filesystem::path> paths);

}  // namespace regionwise

#include "core/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <istream>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace regionwise {
namespace {

std::string read_bounded(std::istream& input, const std::string& name, std::size_t limit) {
  std::string text;
  std::vector<char> piece(std::size_t{1} << 16);
  while (input) {
    input.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(input.gcount()));
    if (bytes.find('\0') != std::string_view::npos) {
      throw DataError(
          fmt::format("{}: is no text file: it holds a NUL byte (save text as UTF-8)", name));
    }
    if (bytes.size() > limit - text.size()) {
      throw DataError(fmt::format(
          "{}: is longer than {} bytes: no text file that is read here is", name, limit));
    }
    text += bytes;
  }
  if (input.bad()) throw IoError(name + ": cannot be read");
  return text;
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path, std::size_t limit) {
  if (path == "-") return read_bounded(std::cin, "standard input", limit);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw IoError(path.string() + ": is a folder, not a file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError(path.string() + ": cannot be opened");
  return read_bounded(file, path.string(), limit);
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

std::istringstream open_text_file(const std::filesystem::path& path) {
  std::string text = read_text_file(path);
  text.erase(0, text.size() - without_byte_order_mark(text).size());
  return std::istringstream(std::move(text));
}

}  // namespace regionwise

#include "core/text_file.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/file_bytes.hpp"

namespace regionwise {

std::string read_text_file(const std::filesystem::path& path, std::size_t limit) {
  FileBytes file(path);
  std::string text;
  std::vector<char> piece(std::size_t{1} << 16);
  while (const std::size_t count = file.read(piece)) {
    const std::string_view bytes(piece.data(), count);
    if (bytes.find('\0') != std::string_view::npos) {
      throw DataError(fmt::format("{}: is no text file: it holds a NUL byte (save text as UTF-8)",
                                  file.name()));
    }
    if (bytes.size() > limit - text.size()) {
      throw DataError(fmt::format(
          "{}: is longer than {} bytes: no text file that is read here is", file.name(), limit));
    }
    text += bytes;
  }
  return text;
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

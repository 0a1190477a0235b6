#include "core/hash.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <vector>

#include "core/error.hpp"
#include "core/file_bytes.hpp"

namespace regionwise {
namespace {

using XxhState = std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)>;

XxhState make_state() {
  XxhState state(XXH3_createState(), XXH3_freeState);
  if (!state) throw std::bad_alloc();
  return state;
}

std::string hexadecimal(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

/// `read(piece)` fills a piece from its beginning, and returns how much there was; 0 at the end.
template <class Read>
std::string hash_pieces(const Read& read) {
  const XxhState state = make_state();
  XXH3_128bits_reset(state.get());
  std::vector<char> piece(1 << 20);
  while (const std::size_t count = read(piece)) {
    XXH3_128bits_update(state.get(), piece.data(), count);
  }
  return hexadecimal(XXH3_128bits_digest(state.get()));
}

}  // namespace

std::string hash_text(std::string_view text) {
  return hexadecimal(XXH3_128bits(text.data(), text.size()));
}

std::string hash_file(const std::filesystem::path& path, const BetweenSteps& between) {
  FileBytes file(path == "-" ? "./-" : path);
  return hash_pieces([&](std::vector<char>& piece) {
    const std::size_t count = file.read(piece);
    between();
    return count;
  });
}

std::string hash_open_file(int descriptor, const std::string& name) {
  off_t offset = 0;
  return hash_pieces([&](std::vector<char>& piece) {
    ssize_t count = 0;
    do {
      count = ::pread(descriptor, piece.data(), piece.size(), offset);
      stop_if_interrupted();
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      const int error = errno;
      throw IoError(
          fmt::format("{}: cannot be read: {}", name, std::generic_category().message(error)),
          error);
    }
    offset += count;
    return static_cast<std::size_t>(count);
  });
}

std::string hash_files(std::span<const std::filesystem::path> paths) {
  std::string lines;
  for (const auto& path : paths) lines += hash_file(path) + " " + path.filename().string() + "\n";
  return hash_text(lines);
}

struct ByteHash::State {
  XxhState xxh = make_state();
};

ByteHash::ByteHash() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(state_->xxh.get());
}

ByteHash::~ByteHash() = default;

void ByteHash::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_->xxh.get(), bytes.data(), bytes.size());
}

std::uint64_t ByteHash::value() const {
  return XXH3_64bits_digest(state_->xxh.get());
}

std::uint64_t hash_bytes(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace regionwise

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/interrupt.hpp"

namespace regionwise {

/// 32 hexadecimal digits of XXH3-128: identity of content, not protection against forgery.
std::string hash_text(std::string_view text);

/// The hash of a file's bytes, read in pieces, after each of which `between` is called. Throws
/// IoError; where nothing else is said RetryError once the program is interrupted, since a large
/// file takes longer than a signal may wait.
std::string hash_file(const std::filesystem::path& path,
                      const BetweenSteps& between = stop_if_interrupted);

/// The same of a file that is open for reading, whatever lies under its name by now. `name`: for
/// messages.
std::string hash_open_file(int descriptor, const std::string& name);

/// One hash for several files: of the lines `<hash> <file name><LF>`, in the order given.
std::string hash_files(std::span<const std::filesystem::path> paths);

/// XXH3-64 of bytes that come piece by piece.
class ByteHash {
 public:
  ByteHash();
  ~ByteHash();
  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3-64.
std::uint64_t hash_bytes(std::span<const std::byte> bytes);

}  // namespace regionwise

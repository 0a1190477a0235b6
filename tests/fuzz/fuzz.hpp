#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "support/temporary_folder.hpp"

/// What the fuzz targets share. Each target defines LLVMFuzzerTestOneInput and hands its input to a
/// reader, of which only a value or a message may come out. It is linked with libFuzzer
/// (REGIONWISE_FUZZ) or with replay.cpp, which gives it the corpus again in every test.
namespace regionwise::testing {

[[noreturn]] inline void finding(const std::string& what) {
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

/// A property that holds for whatever a reader let through.
inline void must(bool holds, const char* what) {
  if (!holds) finding(what);
}

/// Runs a reader. What it says of bad input is an Error with a message and one of three exit codes;
/// everything else that leaves it is a finding. True where it took the input. Line ends in a
/// message (of a name, for instance) are no finding: Log makes one line of it.
template <class Body>
bool read(Body&& body) {
  try {
    body();
    return true;
  } catch (const Error& error) {
    const auto code = error.code();
    must(code == ExitCode::usage || code == ExitCode::bad_data || code == ExitCode::io,
         "an error that is not about the input");
    must(!std::string_view(error.what()).empty(), "an error without a message");
  } catch (const std::exception& error) {
    finding(std::string("an exception that is no Error: ") + error.what());
  }
  return false;
}

/// A folder in memory (or in TMPDIR), kept for as long as the process runs.
class Scratch : public TemporaryFolder {
 public:
  Scratch() : TemporaryFolder(base()) {}

 private:
  static std::filesystem::path base() {
    const bool usable = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    return usable ? "/dev/shm" : std::filesystem::temp_directory_path();
  }
};

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() ||
      std::fclose(file) != 0) {
    std::perror(path.c_str());
    std::exit(1);
  }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Cuts the text up to the next `separator` off the front of `text`.
inline std::string cut(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  std::string part(text.substr(0, end));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace regionwise::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/temporary_folder.hpp"

namespace regionwise::testing {

using regionwise::TemporaryFolder;

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                std::filesystem::directory_iterator()));
}

/// What `body` says when it throws an Expected: one line; empty where it throws nothing.
template <class Expected, class Body>
std::string message_of(Body&& body) {
  try {
    body();
  } catch (const Expected& error) {
    return error.what();
  }
  return {};
}

}  // namespace regionwise::testing

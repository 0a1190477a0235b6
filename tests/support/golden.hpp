#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

namespace regionwise::testing {

inline std::filesystem::path source_folder() {
  const char* folder = std::getenv("REGIONWISE_SOURCE");
  return folder != nullptr ? folder : ".";
}

/// A file of the reference's vectors: from REGIONWISE_GOLDEN, which must hold it, else
/// ../shared/golden, else the small selection in tests/golden. Says which, so that nobody takes the
/// selection for the whole set.
inline std::filesystem::path golden_file(const std::string& name) {
  const char* given = std::getenv("REGIONWISE_GOLDEN");
  if (given != nullptr && *given != '\0') {
    const auto file = std::filesystem::path(given) / name;
    if (std::filesystem::exists(file)) return file;
    throw std::runtime_error(file.string() +
                             ": no such file; REGIONWISE_GOLDEN must name the golden set's folder");
  }
  const auto shared = source_folder() / "../shared/golden" / name;
  if (std::filesystem::exists(shared)) return shared;
  std::cout << "[ NOTE     ] whole " << name
            << " not found (set REGIONWISE_GOLDEN): the selection in tests/golden is used\n";
  return source_folder() / "tests/golden" / name;
}

/// A folder of real images, or an empty path where there is none.
inline std::filesystem::path data_folder(const std::string& name) {
  const char* given = std::getenv("REGIONWISE_DATA");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given) : source_folder() / "../shared/data";
  return std::filesystem::exists(root / name) ? root / name : std::filesystem::path();
}

}  // namespace regionwise::testing

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace regionwise::storage {

/// What was found of one file of this suite.
struct FileCheck {
  std::string format;  ///< "regionwise/run" …; empty where the file is none of ours.
  std::int64_t version = 0;
  bool sealed = false;      ///< Compared, byte by byte, with what was written.
  bool unfinished = false;  ///< A training that is to go on.
  std::string program;      ///< That wrote it, from its provenance.
  /// One line each: what is wrong. Empty: nothing.
  std::vector<std::string> problems;
};

/// Reads a whole file of this suite and compares it with its seal, its format's description
/// (docs/file-format.md) and itself: numbers finite where they must be and in their range, labels
/// among the classes and as often as the file says, a provenance that can be read. Never throws for
/// what the file holds; a file that cannot be opened is a problem, too.
FileCheck check_file(const std::filesystem::path& path);

}  // namespace regionwise::storage

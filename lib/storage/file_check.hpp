#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
  /// The file is missing, or the disk or memory failed: whether it is whole is not known. The last
  /// of `problems` says why.
  bool unreadable = false;
};

/// Reads a whole file of this suite and compares it with its seal, its format's description
/// (docs/file-format.md) and itself: what its readers ask of it, numbers finite where they must be
/// and in their range, labels among the classes and as often as the file says, a whole provenance.
/// Images and maps are held in parts. Never throws for what the file holds, nor where it cannot be
/// read.
FileCheck check_file(const std::filesystem::path& path);

/// Runs one more check of the file `path`, whose findings it adds: what an Error says is a problem,
/// without the name of the file and once; an IoError and too little memory are of an unreadable
/// file.
void add_check(FileCheck& check,
               const std::filesystem::path& path,
               const std::function<void()>& body);

}  // namespace regionwise::storage

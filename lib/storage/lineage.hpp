#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"

namespace regionwise::storage {

/// How a file came to be, read back from its /provenance, with the same of each input.
struct Lineage {
  std::filesystem::path path;  ///< As it was named when it was read.
  std::string hash;            ///< Of its content then; empty for the file that is asked about.
  /// Of the program that wrote it; empty for files that are not of this suite.
  std::string program;
  std::string commit;
  std::string command;
  std::vector<Lineage> inputs;  ///< In the order in which they were given.

  bool is_of_suite() const { return !program.empty(); }
};

/// Reads the lineage of a file of this suite. IoError where it cannot be opened, DataError where it
/// is not HDF5 or has no /provenance.
Lineage read_lineage(const std::filesystem::path& path);

/// {"path", "hash", "program", "commit", "command", "inputs": [the same of each]}, texts as they
/// are.
Json to_json(const Lineage& lineage);

/// One line a file, indented by two spaces a step: path, the first digits of its hash, and the
/// command that wrote it. A control character in any of them is a blank.
std::vector<std::string> describe(const Lineage& lineage);

}  // namespace regionwise::storage

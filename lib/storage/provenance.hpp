#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "storage/hdf5.hpp"

namespace regionwise::storage {

struct History;

/// A file that was read, as it was when this was made: programs make it when they open the file,
/// since another may lie under its name when they end.
struct Input {
  /// Reads the whole file. IoError; RetryError as hash_file.
  Input(const std::filesystem::path& path);  // NOLINT: a path among inputs stands for its file
  explicit Input(const Hdf5Reader& file);

  std::filesystem::path path;
  std::string hash;                        ///< XXH3-128 of its bytes.
  std::shared_ptr<const History> history;  ///< Null where it is not a file of this suite.
};

/// How a file came to be; the group /provenance of every file. No times: the same command writes
/// the same bytes.
struct Provenance {
  std::string program;  ///< Such as "train".
  std::string command;  ///< The command line, quoted for a POSIX shell.
  Json configuration;   ///< Everything that shaped the result, resolved.
  std::optional<std::uint64_t> seed;
  std::string device = "cpu";
  int threads = 1;
  std::string libtorch;       ///< Empty where the program uses none.
  std::vector<Input> inputs;  ///< Files read, each as it was when it was put here.
  struct HashedInput {
    std::filesystem::path path;
    std::string hash;
  };
  /// Inputs whose hash the program made itself, such as folders; they stand after `inputs`.
  std::vector<HashedInput> hashed_inputs;
};

/// Writes `format`, `format_version` and /provenance. Each input gets a group
/// /provenance/inputs/<n> with its path, its content hash and, where it is a file of this suite, a
/// copy of its own /provenance.
void write_header(Hdf5Writer& file,
                  const std::string& format,
                  int version,
                  const Provenance& provenance);

/// Throws DataError unless the file is of `format` (such as "regionwise/dataset") and of a version
/// from `oldest` up to `version`: the message names the format found, or the program that makes the
/// file anew.
void check_header(const Hdf5Reader& file, const std::string& format, int version, int oldest = 1);

/// DataError where /provenance lacks what write_header writes, or holds something else.
void check_provenance(const Hdf5Reader& file);

/// The format of an HDF5 file, empty where it is not one of this suite's.
std::string format_of(const Hdf5Reader& file);

}  // namespace regionwise::storage

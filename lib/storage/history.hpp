#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/hdf5.hpp"

namespace regionwise::storage {

struct History;

/// A file that another was made of: a group /provenance/inputs/<n>.
struct HistoricInput {
  std::string path;                        ///< As it was named.
  std::string hash;                        ///< Of its content then.
  std::shared_ptr<const History> history;  ///< Null where it is not of this suite.
};

/// What a group /provenance holds, in memory: a disk that fails while one is read, or while it is
/// written, is an error like another.
struct History {
  std::vector<std::pair<std::string, std::string>> texts;  ///< Attributes, in this order.
  std::int64_t schema_version = 1;
  std::int64_t threads = 1;
  std::optional<std::uint64_t> seed;
  std::string configuration;  ///< JSON.
  std::vector<HistoricInput> inputs;

  /// A text; empty where there is none.
  const std::string& text(const std::string& name) const;
};

/// Reads `/provenance` with the histories of all inputs. DataError where it is none, or holds
/// itself.
History read_history(const Hdf5Reader& file);

/// Writes a history as the group `/provenance`.
void write_history(Hdf5Writer& file, const History& history);

}  // namespace regionwise::storage

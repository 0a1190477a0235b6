#pragma once

#include <functional>

#include "fuzz/edits.hpp"
#include "fuzz/fuzz.hpp"
#include "storage/file_check.hpp"
#include "storage/lineage.hpp"

namespace regionwise::testing {

/// What `check` asks of layers above storage.
using MoreChecks = std::function<void(const std::filesystem::path&, storage::FileCheck&)>;

/// Gives a file with the edits that the bytes ask for to its reader, to `check` and to what reads
/// its history. What the reader refuses, `check` must find, too.
inline void read_edited(
    const EditableFile& example,
    const std::filesystem::path& path,
    std::span<const std::uint8_t> program,
    const std::function<void()>& reader,
    const MoreChecks& more = [](const auto&, auto&) {}) {
  example.write_edited(path, program);
  const bool accepted = read(reader);
  read([&] {
    auto found = storage::check_file(path);
    more(path, found);
    must(!found.unreadable, "check says that a file cannot be read which can");
    must(accepted || !found.problems.empty(), "check finds nothing in what its reader refuses");
  });
  read([&] { storage::describe(storage::read_lineage(path)); });
}

}  // namespace regionwise::testing

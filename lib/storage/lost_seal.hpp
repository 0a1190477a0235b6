#pragma once

#include <filesystem>

namespace regionwise::storage::detail {

/// Whether an HDF5 file that ends without a seal once had one. Told from its bytes, because what
/// lost its seal may be damaged elsewhere, and HDF5 may crash on that: the file is longer than
/// HDF5's content says, or holds the root attribute "sealed", of whose bytes some may be wrong. Not
/// for files that have their seal. A file of a program that wrote no seals shows neither.
/// `descriptor` is open for reading; IoError where it cannot be read, `path` names it there.
bool has_lost_seal(int descriptor, const std::filesystem::path& path);

}  // namespace regionwise::storage::detail

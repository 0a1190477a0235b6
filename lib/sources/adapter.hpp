#pragma once

#include <filesystem>
#include <optional>

#include "core/log.hpp"
#include "sources/source_data.hpp"
#include "sources/splits.hpp"

namespace regionwise::sources {

struct FindOptions {
  std::optional<Splits> splits;  ///< Instead of the description's rule.
  bool skip_errata = false;      ///< Leave out the cases that the description knows to be wrong.
};

/// Lists the cases of a data set without opening images. Hidden files are passed over. The split
/// counts all patients found, so leaving a bad case out moves no other. Throws DataError where
/// nothing fits the layout (saying what was looked for and what was found) or dataset.json makes no
/// sense, IoError where `root` cannot be read, what apply_splits throws.
SourceData find_cases(const Description& description,
                      const std::filesystem::path& root,
                      Log& log,
                      const FindOptions& options = {});

}  // namespace regionwise::sources

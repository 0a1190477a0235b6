#pragma once

#include <filesystem>

#include "storage/file_check.hpp"

namespace regionwise::reporting {

/// Reads a run or metrics file as tables, curves and tests do, and adds to `check` what they would
/// refuse; nothing of files of other formats, of what is no fault (a training without a validation
/// yet), and where `check` says already that the file cannot be read.
void check_results(const std::filesystem::path& path, storage::FileCheck& check);

/// Reads the lines beside a training (live_history.hpp), which have no seal: what has changed
/// cannot be told, nor whether lines at their end are missing.
storage::FileCheck check_live_history(const std::filesystem::path& path);

}  // namespace regionwise::reporting

#pragma once

#include <filesystem>
#include <string>

#include "storage/run_file.hpp"

namespace regionwise::reporting {

/// The history of a training as JSON lines, written anew after every epoch while its run file is
/// not there yet, and kept beside it for other programs (such as pandas.read_json(lines=True)):
///
///   {"run": "rectified", "seed": 1, "epochs": 50, "dataset": …, "split_hash": …, "classes": […]}
///   {"epoch": 1, "training": {"loss": -0.1, …}}
///   {"epoch": 2, "training": {…}, "validation": {"dice": {"LV": 0.5, …}, "hausdorff": {…}, …}}
///
/// Numbers that are not finite are null. Units as in the run file.
std::filesystem::path live_history_path(const std::filesystem::path& output);

/// Writes it, complete or not at all. `epochs`: of the whole training. IoError.
void write_live_history(const std::filesystem::path& file,
                        const storage::RunRecord& record,
                        std::int64_t epochs);

/// What it says: name, seed, data set, split, classes, epochs done, and both histories; no weights.
struct LiveHistory {
  storage::RunRecord record;
  std::int64_t epochs = 0;  ///< Of the whole training.
};

/// IoError where it cannot be read, DataError where it is not such a file.
LiveHistory read_live_history(const std::filesystem::path& file);

/// Whether a file has the name of one.
bool is_live_history(const std::filesystem::path& file);

}  // namespace regionwise::reporting

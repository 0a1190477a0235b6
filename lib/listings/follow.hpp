#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reporting/history.hpp"

namespace regionwise::listings {

struct FollowOptions {
  /// Run files, there or to come (`train -o`), or the histories beside them.
  std::vector<std::filesystem::path> outputs;
  reporting::CurveOptions curves;
  double interval = 2;  ///< Seconds between two looks, 0.1 to 86400.

  void check() const;  ///< UsageError.
};

/// Watches trainings until all are finished or the program is interrupted. Reads the run files or
/// the histories beside them that `train` writes after each epoch, as look_at_training() does; it
/// writes and locks nothing. A file that vanishes is waited for. UsageError for a pattern (*?[)
/// that names no training. On a terminal it draws the validations over the epochs, a line per run
/// (per configuration where there are many) and the state of each training; otherwise it prints a
/// line for each new validation: run, seed, class, epoch, value (TSV).
void follow(const FollowOptions& options, const std::string& command);

}  // namespace regionwise::listings

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
  double interval = 2;    ///< Seconds between two looks, 0.1 to 86400.
  double patience = 600;  ///< Seconds after which what stands still is given up, 1 to 86400.

  void check() const;  ///< UsageError.
};

/// Watches trainings until all have ended or the program is interrupted. Reads the run files or the
/// histories beside them that `train` writes after each epoch, as look_at_training() does, a
/// finished one once; it writes nothing and keeps no writer waiting. A file that vanishes or is not
/// there yet is waited for. A training has ended that is finished, was given up (is_given_up), or
/// whose history cannot be read or lacks the metric; the others are watched on. On a terminal it
/// draws the validations over the epochs, a line per run (per configuration where there are many)
/// and the state of each training; otherwise it prints a line for each new validation: run, seed,
/// class, epoch, value, data set, split (TSV), and a comment for what ended otherwise than
/// finished. Runs of several data sets or splits are labelled so. UsageError for a pattern (*?[)
/// that names no training. At the end the first problem's Error, or RetryError where a training was
/// given up.
void follow(const FollowOptions& options, const std::string& command);

}  // namespace regionwise::listings

#pragma once

#include <filesystem>

#include "core/json.hpp"
#include "storage/metrics_file.hpp"

namespace regionwise::reporting {

/// Scores in the layout of nnU-Net v2's summary.json: "metric_per_case" with the voxel counts and
/// metrics of each label ("1", "2", … in the order of the classes), "mean" over cases per label and
/// "foreground_mean" over labels. Beside nnU-Net's own keys (Dice, IoU, TP, FP, FN, n_pred, n_ref)
/// there are the distances in mm and, in the means, "missed" cases and "undefined" values by
/// metric. Values that are undefined are null and left out of means; infinite ones are the text
/// "inf".
Json nnunet_summary(const storage::MetricsRecord& record);

/// Where `evaluate` writes it: beside the metrics file, a.h5 → a.summary.json.
std::filesystem::path summary_path(const std::filesystem::path& metrics);

/// Whether the summary that is there is of an evaluation that ended before its metrics file had its
/// name. It may be replaced.
bool summary_was_left(const std::filesystem::path& metrics);

/// Writes it there, complete or not at all, with a note for summary_was_left. IoError where it
/// cannot be written, or exists and `overwrite` is false.
void write_nnunet_summary(const std::filesystem::path& metrics,
                          const storage::MetricsRecord& record,
                          bool overwrite);

/// Removes the note: the metrics file is there, too.
void settle_nnunet_summary(const std::filesystem::path& metrics);

}  // namespace regionwise::reporting

#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "core/log.hpp"
#include "inference/sliding_window.hpp"
#include "metrics/metric.hpp"
#include "network/unet.hpp"
#include "storage/dataset_file.hpp"
#include "storage/run_file.hpp"

namespace regionwise::inference {

struct EvaluateOptions {
  std::string split = "validation";  ///< "train", "validation" or "all".
  metrics::EmptyRule empty_rule = metrics::EmptyRule::nan_drop;
  bool mirroring = true;                ///< Mean over mirrored inputs (spec §5.1).
  std::filesystem::path export_folder;  ///< Writes <case>.nii.gz there; empty: nothing.
  torch::Device device = torch::kCPU;
};

/// The trained network of a finished run. Throws DataError (an unfinished run, weights that do not
/// fit).
network::UNet load_network(const storage::RunRecord& run, const std::string& where);

/// Segments cases of a dataset in its own grid and appends their scores to `record`. `done` is told
/// each case with its segmentation.
void score_cases(
    network::UNet& net,
    const storage::DatasetReader& dataset,
    std::span<const std::size_t> cases,
    const WindowOptions& window,
    storage::MetricsRecord& record,
    const std::function<void(const storage::CaseInfo&, const Volume<Label>&)>& done =
        [](const storage::CaseInfo&, const Volume<Label>&) {});

/// Segments the cases of a split with a trained run and scores them, in the source images' grid. A
/// dataset with other classes or channels than the run's is a DataError; one whose split differs is
/// refused too, since cases trained on might be scored.
storage::MetricsRecord evaluate_run(const std::filesystem::path& run_path,
                                    const std::filesystem::path& data_path,
                                    const EvaluateOptions& options,
                                    Log& log);

}  // namespace regionwise::inference

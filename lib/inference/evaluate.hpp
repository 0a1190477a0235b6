#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "inference/sliding_window.hpp"
#include "metrics/metric.hpp"
#include "network/unet.hpp"
#include "storage/dataset_file.hpp"
#include "storage/finished_outputs.hpp"
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

/// How a trained network is applied: patch and precision of its run.
WindowOptions window_of(const storage::RunRecord& run, bool mirroring, const std::string& where);

/// A case after scoring; both label maps on the source's canonical grid.
struct ScoredCase {
  const storage::CaseInfo& info;
  Volume<Label> predicted;
  Volume<Label> reference;
};

/// The segmentation of a case of a dataset, on its source's canonical grid.
Volume<Label> segment_case(network::UNet& net,
                           const storage::DatasetReader& dataset,
                           std::size_t index,
                           const WindowOptions& window);

/// Appends the scores of cases of a dataset, which `predict` segments, to `record`: whole volumes
/// on the grid of their sources, distances in mm (spec §5.2). `done` is given each case.
void score_cases(const storage::DatasetReader& dataset,
                 std::span<const std::size_t> cases,
                 const std::function<Volume<Label>(std::size_t index)>& predict,
                 storage::MetricsRecord& record,
                 const std::function<void(ScoredCase)>& done);

/// What evaluate_run writes into options.export_folder; nothing where there is no such folder.
struct Exports {
  std::vector<std::string> names = {};     ///< A file for every case of the split.
  std::set<std::string> finished = {};     ///< Those that it had written when interrupted.
  storage::FinishedOutputs notes{{}, {}};  ///< To be forgotten when all is written.
};
/// Reads both files. DataError where the split has no case; UsageError where the folder holds
/// images or labels that the dataset was made of, or copies of them under these names.
Exports exports_of(const std::filesystem::path& run_path,
                   const std::filesystem::path& data_path,
                   const EvaluateOptions& options);

/// Segments the cases of a split with a trained run and scores them, in the source images' grid.
/// The export folder is made; what lies there is replaced, save what is finished: that is scored as
/// it is. A dataset with other classes or channels than the run's is a DataError;
/// so is one whose split differs, since cases trained on might be scored, or whose images were
/// prepared otherwise. Inputs, device and configuration are added to `provenance`.
storage::MetricsRecord evaluate_run(const std::filesystem::path& run_path,
                                    const std::filesystem::path& data_path,
                                    const EvaluateOptions& options,
                                    const Exports& exports,
                                    storage::Provenance& provenance,
                                    Log& log);

}  // namespace regionwise::inference

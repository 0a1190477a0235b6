#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "sources/source_data.hpp"
#include "storage/finished_outputs.hpp"
#include "storage/run_file.hpp"

namespace regionwise::inference {

struct PredictOptions {
  bool mirroring = true;  ///< Mean over mirrored inputs (spec §5.1).
  torch::Device device = torch::kCPU;
};

/// One segmented image.
struct Prediction {
  std::string id;
  std::filesystem::path file;
  std::vector<double> volumes_ml;  ///< Of each foreground class.
};

/// The name of a case's segmentation, <case>.nii.gz.
std::string prediction_name(const sources::CaseFiles& files);

/// What predict_images has written into `folder` with this run, by these options, before it was
/// interrupted or met an image that cannot be used. Reads the run file.
storage::FinishedOutputs predictions_of(const std::filesystem::path& run_path,
                                        const std::filesystem::path& folder,
                                        const PredictOptions& options);

/// Segments cases with a finished run, read from `run_path`, which alone says how to preprocess
/// them, and writes their segmentations into `folder` (made where it does not exist; what lies
/// there is replaced, save what is among `finished` already) on each image's own grid with its
/// header. `done` is told each, in the order of `cases`. Throws DataError (an unfinished run;
/// images whose headers show that they cannot be used, all listed before any is segmented; one
/// whose voxels cannot be), IoError.
void predict_images(const std::filesystem::path& run_path,
                    const storage::RunRecord& run,
                    const std::vector<sources::CaseFiles>& cases,
                    const std::filesystem::path& folder,
                    const PredictOptions& options,
                    const storage::FinishedOutputs& finished,
                    const std::function<void(const Prediction&)>& done,
                    Log& log);

}  // namespace regionwise::inference

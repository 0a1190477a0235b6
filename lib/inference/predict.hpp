#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "planning/source_data.hpp"

namespace regionwise::inference {

struct PredictOptions {
  bool mirroring = true;  ///< Mean over mirrored inputs (spec §5.1).
  torch::Device device = torch::kCPU;
  bool overwrite = false;  ///< Replace segmentations that exist.
};

/// One segmented image.
struct Prediction {
  std::string id;
  std::filesystem::path file;
  std::vector<double> volumes_ml;  ///< Of each foreground class.
};

/// Sorts images into cases of `channels` files. An input is a NIfTI file, a folder of them, or the
/// files of one case joined by commas, in the run's order of channels. Files named <case>_0000,
/// <case>_0001 … (nnU-Net) are channels of one case; any other file is a case of its own, all
/// channels along its fourth axis. Throws UsageError (two cases of one name, a missing channel) or
/// IoError (an input that does not exist, a folder without images).
std::vector<planning::CaseFiles> group_images(const std::vector<std::string>& inputs,
                                              std::size_t channels);

/// Segments images with a finished run, which alone says how to preprocess them, and writes
/// <folder>/<case>.nii.gz on each image's own grid with its header. `done` is told each. Throws
/// DataError (an unfinished run, an image that cannot be used), IoError.
void predict_images(const std::filesystem::path& run_path,
                    const std::vector<std::string>& inputs,
                    const std::filesystem::path& folder,
                    const PredictOptions& options,
                    const std::function<void(const Prediction&)>& done,
                    Log& log);

}  // namespace regionwise::inference

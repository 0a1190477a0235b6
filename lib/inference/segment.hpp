#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/volume.hpp"
#include "inference/sliding_window.hpp"
#include "network/unet.hpp"
#include "storage/dataset_file.hpp"
#include "storage/finished_outputs.hpp"

namespace regionwise::inference {

/// Segments a preprocessed image [C, D, H, W] and takes the result back to its source (spec §5.1):
/// the most probable class (the first one on ties) of every voxel of the source's canonical grid,
/// background outside the crop. `info` says where the image lies in its source. Probabilities are
/// held for `options.batch` slices at a time.
Volume<Label> segment(network::UNet& net,
                      std::span<const float> image,
                      std::int64_t channels,
                      const storage::CaseInfo& info,
                      const WindowOptions& options);

/// Writes such a segmentation into a folder as NIfTI on the source's own grid, with its header.
/// From when it has its name on it is among the `finished`, made of `inputs`.
void export_segmentation(const std::filesystem::path& folder,
                         const std::string& name,
                         Volume<Label> segmentation,
                         const storage::ImageGeometry& source,
                         const storage::FinishedOutputs& finished,
                         std::span<const std::filesystem::path> inputs);

/// Reads back what export_segmentation wrote for such a source. Throws DataError or IoError.
Volume<Label> read_segmentation(const std::filesystem::path& path,
                                const storage::ImageGeometry& source);

/// What the segmentations of a run depend on beside their images: the run file, how it is applied,
/// and this build. For storage::FinishedOutputs. Throws IoError.
std::string hash_of_segmenter(const std::filesystem::path& run_path,
                              bool mirroring,
                              const torch::Device& device);

/// RetryError once a signal has come (see core/interrupt.hpp), where segmentations are written one
/// by one and kept.
void stop_between_segmentations();

}  // namespace regionwise::inference

#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/volume.hpp"
#include "inference/sliding_window.hpp"
#include "network/unet.hpp"
#include "storage/dataset_file.hpp"

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

/// Writes such a segmentation as NIfTI on the source's own grid, with its header.
void export_segmentation(const std::filesystem::path& path,
                         Volume<Label> segmentation,
                         const storage::ImageGeometry& source);

}  // namespace regionwise::inference

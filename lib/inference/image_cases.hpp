#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sources/source_data.hpp"

namespace regionwise::inference {

/// Sorts images into cases of `channels` files. An input is a NIfTI file, a folder of them, or the
/// files of one case joined by commas, in the run's order of channels. Files named <case>_0000,
/// <case>_0001 … (nnU-Net) are channels of one case; any other file is a case of its own, all
/// channels along its fourth axis. Cases of one name are told apart by the folders that they lie
/// in: a/image.nii.gz and b/image.nii.gz become a_image and b_image; two folders that are given
/// whole never share a case. Sorted by name. Throws
/// UsageError (two cases of one name all the same, a file given twice, a missing channel) or
/// IoError (an input that does not exist, a folder without images).
std::vector<sources::CaseFiles> group_images(const std::vector<std::string>& inputs,
                                             std::size_t channels);

}  // namespace regionwise::inference

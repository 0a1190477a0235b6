#pragma once

#include <filesystem>

#include "storage/file_check.hpp"

namespace regionwise::planning {

/// Adds to `check` what is wrong with the plan and the configuration that a dataset or run file
/// holds, one line each, beginning with the object ("/plan:patch_size: …"); nothing of files of
/// other formats. They are what programs must be able to read of the file: the plan whole, of the
/// configuration what lays out the training, which the file's position must fit. Names, losses and
/// augmentation, which need LibTorch's layers, are read where they are used.
void check_plans(const std::filesystem::path& path, storage::FileCheck& check);

}  // namespace regionwise::planning

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace regionwise::planning {

/// What is wrong with the plan and the configuration that a dataset or run file holds, one line
/// each, beginning with the object ("/plan:patch_size: …"); nothing where all is well and for files
/// of other formats. They are what programs must be able to read of the file: the plan whole, of
/// the configuration what lays out the training. Names, losses and augmentation, which need
/// LibTorch's layers, are read where they are used.
std::vector<std::string> plan_problems(const std::filesystem::path& path);

}  // namespace regionwise::planning

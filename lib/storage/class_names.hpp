#pragma once

#include <span>
#include <string>

namespace regionwise::storage {

/// What keeps these from being names of classes, by which results are asked for: one is empty, is
/// "mean", which names the mean over classes, or stands twice. Empty where nothing does.
std::string problem_of_class_names(std::span<const std::string> names);

}  // namespace regionwise::storage

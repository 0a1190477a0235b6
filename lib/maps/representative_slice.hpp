#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/dataset_file.hpp"

namespace regionwise::maps {

/// A slice of a data set, and one of its classes.
struct SliceChoice {
  std::size_t case_index = 0;
  std::int64_t slice = 0;
  int label = 0;
};

/// What the caller wants; the rest is chosen.
struct SliceWish {
  std::string case_id;  ///< Empty: any.
  std::optional<std::int64_t> slice;
  std::string class_name;  ///< Empty: any of the foreground.
};

/// The slice that shows most: of those wished for the one with the most foreground classes, then
/// the most foreground pixels, then the first; and of it the foreground class with the most pixels,
/// then the first. UsageError: an unknown case or class, a slice that the case lacks. DataError: no
/// slice has any foreground.
SliceChoice representative_slice(const storage::DatasetReader& dataset, const SliceWish& wish);

}  // namespace regionwise::maps

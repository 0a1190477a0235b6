#pragma once

#include <cstdint>

#include "core/volume.hpp"

namespace regionwise::storage {

/// What a case takes in a dataset file that is not compressed.
struct CaseContent {
  Shape3 shape;  ///< Of the preprocessed volume.
  /// Of the label on the source's grid, where it is kept beside; else empty.
  Shape3 source_label{0, 0, 0};
  int channels = 1;
  int classes = 2;
};

/// Bytes of a case: voxels, counts of classes, and what HDF5 needs to find them (one node of an
/// index per 32 to 64 slices, headers, attributes). A little more than the file will have.
std::uintmax_t case_bytes(const CaseContent& content);

/// Bytes of what a dataset file holds beside its cases: plan, names, provenance, and of each case a
/// line of the fingerprint.
std::uintmax_t table_bytes(std::int64_t cases);

}  // namespace regionwise::storage

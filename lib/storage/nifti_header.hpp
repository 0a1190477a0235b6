#pragma once

#include <nifti2_io.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/geometry.hpp"

/// NIfTI headers, both versions and byte orders; not for use outside lib/storage.
namespace regionwise::storage::detail {

/// A header in this machine's byte order. NIfTI-1 fields are widened to NIfTI-2's, without loss.
struct NiftiHeader {
  nifti_2_header fields{};
  int version = 2;       ///< 1 or 2, as on disk.
  bool swapped = false;  ///< The file's byte order is not this machine's.
};

/// Bytes of a header of the version.
constexpr std::size_t header_bytes(int version) {
  return version == 1 ? 348 : 540;
}

/// Reads a header from the first bytes of a file (up to 540). DataError, beginning with `place`,
/// where it is none, or one whose sizes, spacing or affine make no sense.
NiftiHeader parse_nifti_header(std::span<const std::uint8_t> bytes, const std::string& place);

/// The bytes of a header in this machine's byte order and of its version.
std::vector<std::uint8_t> nifti_header_bytes(const NiftiHeader& header);

/// A header without an image's size or type: NIfTI-1 unless an axis is too long for it.
NiftiHeader make_nifti_header(const ImageGeometry& geometry);

/// Shape, spacing in mm and affine. `nifti_header` is left empty.
ImageGeometry geometry_of(const NiftiHeader& header, const std::string& place);

}  // namespace regionwise::storage::detail

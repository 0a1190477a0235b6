#pragma once

#include <nifti2_io.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/geometry.hpp"

/// NIfTI headers, both versions and byte orders; not for use outside lib/storage.
namespace regionwise::storage::detail {

/// A header in this machine's byte order. Of a NIfTI-1 header, what describes the grid, the voxels
/// and their origin is kept, in NIfTI-2's wider fields.
struct NiftiHeader {
  nifti_2_header fields{};
  int version = 2;       ///< 1 or 2, as on disk.
  bool swapped = false;  ///< The file's byte order is not this machine's.
};

/// Bytes of a header of the version.
constexpr std::size_t header_bytes(int version) {
  return version == 1 ? 348 : 540;
}

/// True if the first four bytes announce a NIfTI-2 header, in either byte order.
bool is_version_2(std::span<const std::uint8_t> bytes);

/// Reads a header from the first bytes of a file. DataError, beginning with `place`, where it is
/// none, or one whose number or lengths of axes make no sense.
NiftiHeader parse_nifti_header(std::span<const std::uint8_t> bytes, const std::string& place);

/// The bytes of a header in this machine's byte order and of its version.
std::vector<std::uint8_t> nifti_header_bytes(const NiftiHeader& header);

/// A header without an image's size or type: NIfTI-1 unless an axis is too long for it.
NiftiHeader make_nifti_header(const ImageGeometry& geometry);

/// Shape, spacing in mm and affine; `nifti_header` is left empty. DataError where spacing or affine
/// make no sense.
ImageGeometry geometry_of(const NiftiHeader& header, const std::string& place);

}  // namespace regionwise::storage::detail

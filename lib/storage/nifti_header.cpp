#include "storage/nifti_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "storage/schema.hpp"

namespace regionwise::storage::detail {
namespace {

constexpr std::int64_t kLongestAxisOfVersion1 = 32767;

/// From a nanometre to a kilometre: what is beyond is damage, and its volumes and distances would
/// leave the range of numbers.
constexpr double kSmallestVoxelMm = 1e-6;
constexpr double kLargestVoxelMm = 1e6;

/// NIfTI-1's fields in NIfTI-2's places.
nifti_2_header widen(const nifti_1_header& narrow) {
  nifti_2_header wide{};
  wide.sizeof_hdr = 540;
  std::copy_n(narrow.magic, 4, wide.magic);
  wide.datatype = narrow.datatype;
  wide.bitpix = narrow.bitpix;
  std::copy_n(narrow.dim, 8, wide.dim);
  std::copy_n(narrow.pixdim, 8, wide.pixdim);
  // Whole numbers up to 2^24 in practice; others are refused by the reader.
  const bool representable =
      std::isfinite(narrow.vox_offset) && std::abs(narrow.vox_offset) < 1e15F;
  wide.vox_offset = representable ? static_cast<std::int64_t>(narrow.vox_offset) : -1;
  wide.scl_slope = narrow.scl_slope;
  wide.scl_inter = narrow.scl_inter;
  wide.dim_info = narrow.dim_info;
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): a code of the format, as nifti2 widens it.
  wide.xyzt_units = narrow.xyzt_units;
  wide.qform_code = narrow.qform_code;
  wide.sform_code = narrow.sform_code;
  wide.quatern_b = narrow.quatern_b;
  wide.quatern_c = narrow.quatern_c;
  wide.quatern_d = narrow.quatern_d;
  wide.qoffset_x = narrow.qoffset_x;
  wide.qoffset_y = narrow.qoffset_y;
  wide.qoffset_z = narrow.qoffset_z;
  std::copy_n(narrow.srow_x, 4, wide.srow_x);
  std::copy_n(narrow.srow_y, 4, wide.srow_y);
  std::copy_n(narrow.srow_z, 4, wide.srow_z);
  std::copy_n(narrow.descrip, 80, wide.descrip);
  std::copy_n(narrow.aux_file, 24, wide.aux_file);
  return wide;
}

nifti_1_header narrow(const nifti_2_header& wide) {
  nifti_1_header narrow{};
  narrow.sizeof_hdr = 348;
  narrow.regular = 'r';
  std::memcpy(narrow.magic, "n+1", 4);
  narrow.datatype = wide.datatype;
  narrow.bitpix = wide.bitpix;
  for (std::size_t i = 0; i < 8; ++i) {
    narrow.dim[i] = static_cast<short>(wide.dim[i]);
    narrow.pixdim[i] = static_cast<float>(wide.pixdim[i]);
  }
  narrow.vox_offset = static_cast<float>(wide.vox_offset);
  narrow.scl_slope = static_cast<float>(wide.scl_slope);
  narrow.scl_inter = static_cast<float>(wide.scl_inter);
  narrow.dim_info = wide.dim_info;
  narrow.xyzt_units = static_cast<char>(wide.xyzt_units);
  narrow.qform_code = static_cast<short>(wide.qform_code);
  narrow.sform_code = static_cast<short>(wide.sform_code);
  narrow.quatern_b = static_cast<float>(wide.quatern_b);
  narrow.quatern_c = static_cast<float>(wide.quatern_c);
  narrow.quatern_d = static_cast<float>(wide.quatern_d);
  narrow.qoffset_x = static_cast<float>(wide.qoffset_x);
  narrow.qoffset_y = static_cast<float>(wide.qoffset_y);
  narrow.qoffset_z = static_cast<float>(wide.qoffset_z);
  for (std::size_t i = 0; i < 4; ++i) {
    narrow.srow_x[i] = static_cast<float>(wide.srow_x[i]);
    narrow.srow_y[i] = static_cast<float>(wide.srow_y[i]);
    narrow.srow_z[i] = static_cast<float>(wide.srow_z[i]);
  }
  std::copy_n(wide.descrip, 80, narrow.descrip);
  std::copy_n(wide.aux_file, 24, narrow.aux_file);
  return narrow;
}

void check_magic(const nifti_2_header& fields, int version, const std::string& place) {
  const char found = fields.magic[1];
  const bool is_nifti = fields.magic[0] == 'n' && fields.magic[2] == (version == 1 ? '1' : '2') &&
                        fields.magic[3] == '\0';
  if (is_nifti && found == '+') return;
  if (is_nifti && found == 'i') {
    throw DataError(fmt::format(
        "{}: is the header of a two-file NIfTI (.hdr/.img): convert it to .nii", place));
  }
  throw DataError(fmt::format("{}: is an Analyze header, not NIfTI: convert it to .nii", place));
}

/// 1-based names of the axes as in the header.
void check_sizes(const nifti_2_header& fields, const std::string& place) {
  const auto axes = fields.dim[0];
  if (axes < 2 || axes > 7) {
    throw DataError(fmt::format("{}: has {} axes (dim[0]), expected 2 to 4", place, axes));
  }

  for (std::int64_t axis = 1; axis <= axes; ++axis) {
    const auto size = fields.dim[axis];
    if (size < 1 || size > kLongestAxis) {
      throw DataError(
          fmt::format("{}: impossible size {} of axis {} (dim[{}])", place, size, axis, axis));
    }
    if (axis > 4 && size != 1) {
      throw DataError(fmt::format(
          "{}: has {} voxels along axis {}, expected an image of 2 to 4 axes", place, size, axis));
    }
  }
}

double millimetres_per_unit(const nifti_2_header& fields) {
  switch (XYZT_TO_SPACE(fields.xyzt_units)) {
    case NIFTI_UNITS_METER:
      return 1000.0;
    case NIFTI_UNITS_MICRON:
      return 0.001;
    default:  // mm, or not told
      return 1.0;
  }
}

std::int64_t axis_size(const nifti_2_header& fields, int axis) {
  return axis <= fields.dim[0] ? fields.dim[axis] : 1;
}

/// Spacing along x, y, z in the file's unit; 1 for a z axis that the image has not.
std::array<double, 3> spacing_xyz(const nifti_2_header& fields, const std::string& place) {
  std::array<double, 3> spacing{1, 1, 1};
  for (int axis = 1; axis <= std::min<std::int64_t>(3, fields.dim[0]); ++axis) {
    const double size = fields.pixdim[axis];
    if (!std::isfinite(size) || size <= 0) {
      throw DataError(
          fmt::format("{}: impossible voxel size {} along axis {} (pixdim[{}]): correct the header",
                      place,
                      size,
                      axis,
                      axis));
    }
    spacing[static_cast<std::size_t>(axis - 1)] = size;
  }
  return spacing;
}

nifti_dmat44 affine_of(const nifti_2_header& fields, const std::array<double, 3>& spacing) {
  nifti_dmat44 affine{};
  if (fields.sform_code > 0) {
    std::copy_n(fields.srow_x, 4, affine.m[0]);
    std::copy_n(fields.srow_y, 4, affine.m[1]);
    std::copy_n(fields.srow_z, 4, affine.m[2]);
  } else if (fields.qform_code > 0) {
    affine = nifti_quatern_to_dmat44(fields.quatern_b,
                                     fields.quatern_c,
                                     fields.quatern_d,
                                     fields.qoffset_x,
                                     fields.qoffset_y,
                                     fields.qoffset_z,
                                     spacing[0],
                                     spacing[1],
                                     spacing[2],
                                     fields.pixdim[0] < 0 ? -1.0 : 1.0);
  } else {
    for (std::size_t axis = 0; axis < 3; ++axis) affine.m[axis][axis] = spacing[axis];
  }
  return affine;
}

/// Distances would be wrong by one of the two.
void check_spacing(const nifti_dmat44& affine,
                   const std::array<double, 3>& spacing,
                   const nifti_2_header& fields,
                   const std::string& place) {
  constexpr double kTolerance = 0.01;
  if (fields.sform_code <= 0) return;  // others are made of the spacing
  std::array<double, 3> steps;
  bool agree = true;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    steps[axis] = std::hypot(affine.m[0][axis], affine.m[1][axis], affine.m[2][axis]);
    // An axis of one voxel has no distances.
    const bool measured = axis_size(fields, static_cast<int>(axis) + 1) > 1;
    const bool close = std::abs(steps[axis] - spacing[axis]) <= kTolerance * spacing[axis];
    agree = agree && (close || !measured);
  }
  if (agree) return;
  throw DataError(fmt::format(
      "{}: voxels of {:.6g} x {:.6g} x {:.6g} by pixdim, but {:.6g} x {:.6g} x {:.6g} by "
      "the affine (sform): correct the header",
      place,
      spacing[0],
      spacing[1],
      spacing[2],
      steps[0],
      steps[1],
      steps[2]));
}

struct AnnouncedSize {
  std::int32_t bytes = 0;
  bool swapped = false;
};

/// The header's first field, its size, which also tells the byte order.
AnnouncedSize announced_size(std::span<const std::uint8_t> bytes) {
  AnnouncedSize size;
  if (bytes.size() < sizeof size.bytes) return size;
  std::memcpy(&size.bytes, bytes.data(), sizeof size.bytes);
  std::int32_t other_order = size.bytes;
  nifti_swap_4bytes(1, &other_order);
  size.swapped = other_order == 348 || other_order == 540;
  if (size.swapped) size.bytes = other_order;
  return size;
}

double determinant(const nifti_dmat44& a) {
  return a.m[0][0] * (a.m[1][1] * a.m[2][2] - a.m[1][2] * a.m[2][1]) -
         a.m[0][1] * (a.m[1][0] * a.m[2][2] - a.m[1][2] * a.m[2][0]) +
         a.m[0][2] * (a.m[1][0] * a.m[2][1] - a.m[1][1] * a.m[2][0]);
}

}  // namespace

bool is_version_2(std::span<const std::uint8_t> bytes) {
  return announced_size(bytes).bytes == 540;
}

NiftiHeader parse_nifti_header(std::span<const std::uint8_t> bytes, const std::string& place) {
  nifti_set_debug_level(0);
  NiftiHeader header;
  const auto announced = announced_size(bytes);
  const auto size = announced.bytes;
  header.swapped = announced.swapped;
  if ((size != 348 && size != 540) || bytes.size() < static_cast<std::size_t>(size)) {
    throw DataError(fmt::format("{}: is not a NIfTI image", place));
  }
  header.version = size == 348 ? 1 : 2;
  if (header.version == 1) {
    nifti_1_header narrow_fields;
    std::memcpy(&narrow_fields, bytes.data(), sizeof narrow_fields);
    if (header.swapped) nifti_swap_as_nifti1(&narrow_fields);
    header.fields = widen(narrow_fields);
  } else {
    std::memcpy(&header.fields, bytes.data(), sizeof header.fields);
    if (header.swapped) nifti_swap_as_nifti2(&header.fields);
  }
  check_magic(header.fields, header.version, place);
  check_sizes(header.fields, place);
  return header;
}

std::vector<std::uint8_t> nifti_header_bytes(const NiftiHeader& header) {
  std::vector<std::uint8_t> bytes(header_bytes(header.version));
  if (header.version == 1) {
    const auto fields = narrow(header.fields);
    std::memcpy(bytes.data(), &fields, sizeof fields);
  } else {
    auto fields = header.fields;
    fields.sizeof_hdr = 540;
    std::memcpy(fields.magic, "n+2\0\r\n\032\n", 8);
    std::memcpy(bytes.data(), &fields, sizeof fields);
  }
  return bytes;
}

NiftiHeader make_nifti_header(const ImageGeometry& geometry) {
  NiftiHeader header;
  const auto& shape = geometry.shape;
  const auto longest = std::max({shape.depth, shape.height, shape.width});
  header.version = longest <= kLongestAxisOfVersion1 ? 1 : 2;
  auto& fields = header.fields;
  fields.dim[0] = 3;
  fields.dim[1] = shape.width;
  fields.dim[2] = shape.height;
  fields.dim[3] = shape.depth;
  fields.xyzt_units = NIFTI_UNITS_MM;
  fields.pixdim[0] = 1;
  for (std::size_t axis = 0; axis < 3; ++axis)
    fields.pixdim[axis + 1] = geometry.spacing_mm[2 - axis];
  const auto& affine = geometry.world_from_voxel;
  const bool is_set = affine != decltype(geometry.world_from_voxel){};
  if (is_set) {
    fields.sform_code = NIFTI_XFORM_SCANNER_ANAT;
    std::copy_n(affine[0].begin(), 4, fields.srow_x);
    std::copy_n(affine[1].begin(), 4, fields.srow_y);
    std::copy_n(affine[2].begin(), 4, fields.srow_z);
  }
  return header;
}

ImageGeometry geometry_of(const NiftiHeader& header, const std::string& place) {
  const auto& fields = header.fields;
  ImageGeometry geometry;
  geometry.shape = {axis_size(fields, 3), axis_size(fields, 2), axis_size(fields, 1)};
  const auto spacing = spacing_xyz(fields, place);
  const double scale = millimetres_per_unit(fields);
  for (std::size_t axis = 0; axis < 3; ++axis)
    geometry.spacing_mm[2 - axis] = scale * spacing[axis];
  const auto [least, most] =
      std::minmax_element(geometry.spacing_mm.begin(), geometry.spacing_mm.end());
  if (!is_spacing(geometry.spacing_mm) || *least < kSmallestVoxelMm || *most > kLargestVoxelMm) {
    throw DataError(fmt::format(
        "{}: impossible voxel size of {:.3g} x {:.3g} x {:.3g} mm (pixdim; {:g} to {:g} are read): "
        "correct the header",
        place,
        geometry.spacing_mm[2],
        geometry.spacing_mm[1],
        geometry.spacing_mm[0],
        kSmallestVoxelMm,
        kLargestVoxelMm));
  }
  const auto affine = affine_of(fields, spacing);
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      const double value = scale * affine.m[row][column];
      geometry.world_from_voxel[row][column] = value;
      if (!std::isfinite(value)) {
        throw DataError(fmt::format("{}: the affine ({}) holds {}: correct the header",
                                    place,
                                    fields.sform_code > 0 ? "sform" : "qform",
                                    value));
      }
    }
  }
  if (determinant(affine) == 0) {
    throw DataError(fmt::format("{}: the affine ({}) has no inverse: correct the header",
                                place,
                                fields.sform_code > 0 ? "sform" : "qform"));
  }
  check_spacing(affine, spacing, fields, place);
  return geometry;
}

}  // namespace regionwise::storage::detail

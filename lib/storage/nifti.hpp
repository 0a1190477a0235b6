#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/geometry.hpp"

namespace regionwise::storage {

/// A NIfTI-1 or -2 image with its intensities scaled (slope and intercept applied).
struct NiftiImage {
  int channels = 1;           ///< The fourth axis (t); 1 for 2-D and 3-D images.
  std::vector<float> values;  ///< [channels, z, y, x], C order.
  ImageGeometry geometry;
};

/// A label map: integral values only.
struct NiftiLabels {
  Volume<std::int32_t> labels;  ///< [z, y, x].
  ImageGeometry geometry;
};

/// A label map whose values are classes.
struct NiftiClasses {
  Volume<Label> classes;                         ///< [z, y, x]; 0 where the value is unknown.
  std::map<std::int32_t, std::int64_t> unknown;  ///< Values that are no class, and their voxels.
  ImageGeometry geometry;
};

/// Reads .nii and .nii.gz, every integer and float type, 2-D to 4-D (further axes of length 1 are
/// dropped). Throws DataError (naming the file and what is wrong: not NIfTI, a Git LFS pointer, an
/// image cut short, an unsupported type, NaN or infinite voxels, impossible sizes) or IoError.
NiftiImage read_nifti(const std::filesystem::path& path);

/// As `read_nifti`, one channel; a voxel further than 1e-4 from every integer within ±2^31 (slope
/// and intercept leave rounding errors) is a DataError that names the value and the number of such
/// voxels.
NiftiLabels read_nifti_labels(const std::filesystem::path& path);

/// As `read_nifti_labels`, with every value replaced by its class: a quarter of the memory.
NiftiClasses read_nifti_classes(const std::filesystem::path& path,
                                const std::map<std::int32_t, int>& class_of_value);

/// As `read_nifti`, without `values`: reads only the header.
NiftiImage read_nifti_header(const std::filesystem::path& path);

/// The geometry alone, without reading voxels.
ImageGeometry read_nifti_geometry(const std::filesystem::path& path);

/// Writes labels as uint8 on the grid of `geometry` (.nii or .nii.gz by name), complete or not at
/// all; the same input writes the same bytes. Existing files are replaced. `complete` is told where
/// all bytes are before they get their name.
void write_nifti_labels(
    const std::filesystem::path& path,
    VolumeView<Label> labels,
    const ImageGeometry& geometry,
    const std::function<void(const std::filesystem::path& temporary)>& complete = {});

/// Writes float32 intensities [z, y, x] likewise.
void write_nifti(const std::filesystem::path& path,
                 VolumeView<float> image,
                 const ImageGeometry& geometry);

/// A file's name without .nii or .nii.gz, or nothing for another kind of file.
std::optional<std::string> nifti_stem(const std::string& name);

/// Largest distance in mm between where the two affines put the corners of the image; infinite
/// where the shapes differ.
double corner_distance_mm(const ImageGeometry& a, const ImageGeometry& b);

}  // namespace regionwise::storage

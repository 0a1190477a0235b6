#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/volume.hpp"
#include "storage/geometry.hpp"
#include "storage/hdf5.hpp"
#include "storage/provenance.hpp"

namespace regionwise::storage {

/// What a dataset file says of all its cases together.
struct DatasetInfo {
  std::string name;                      ///< Such as "hippocampus".
  std::vector<std::string> channels;     ///< Such as {"MRI"}.
  std::vector<std::string> class_names;  ///< [K], background first.
  std::string licence;
  std::string citation;
  Json fingerprint;  ///< planning::fingerprint
  Json plan;         ///< planning::Plan
  /// Cases left out with --skip-bad: id (or file) and reason.
  std::vector<std::pair<std::string, std::string>> skipped;
  /// The image and label files that the cases were made of: path as it was given, content hash.
  /// Empty for the phantom, and for files of programs that did not write it.
  std::vector<std::pair<std::string, std::string>> source_files;
};

/// One case as stored, without its voxels.
struct CaseInfo {
  std::string id;
  std::string group;             ///< The patient: cases of one group are never split.
  std::string split;             ///< "train" or "validation".
  Shape3 shape;                  ///< Of the preprocessed volume.
  Spacing3 spacing_mm{1, 1, 1};  ///< Of the preprocessed volume (z, y, x).
  ImageGeometry source;          ///< Of the image file.
  /// The part of the source that was kept: first voxel and shape on its canonical grid (z, y, x;
  /// storage/orientation.hpp).
  std::array<std::int64_t, 3> crop_start{0, 0, 0};
  Shape3 crop_shape;
  /// Which slices of that part (canonical z, ascending) the volume holds, where it lacks some
  /// between the first and the last; empty: every one. Nothing is known of the others but that the
  /// label is background there.
  std::vector<std::int64_t> kept_slices;
  /// Axis of the canonical grid that became axis 0, 1, 2.
  std::array<std::int64_t, 3> axis_order{0, 1, 2};

  /// Shape of what was kept before axes changed place and slices were resampled (canonical z, y,
  /// x).
  Shape3 kept_shape() const;
  /// Whether the stored volume is the source's canonical grid, voxel by voxel.
  bool on_source_grid() const;
  /// Voxels of each class in each slice, [K, D]; those outside the non-zero mask are in none.
  std::vector<std::int64_t> class_voxels;
};

/// Writes a dataset case by case; memory is bounded by one case.
class DatasetWriter {
 public:
  DatasetWriter(const std::filesystem::path& path, WriteOptions options);

  /// image [C, D, H, W] float32, preprocessed; label [D, H, W] in 0 … K-1, or -1 for background
  /// outside the non-zero mask; source_label: the label on the source's canonical grid, needed (and
  /// kept) where the case is not `on_source_grid`. Fills in class_voxels.
  void add(CaseInfo info,
           std::span<const float> image,
           std::span<const Label> label,
           int channels,
           int classes,
           const Volume<Label>& source_label = {});
  /// Writes what concerns the whole set, the split's hash and the provenance, and commits.
  void finish(const DatasetInfo& info, const Provenance& provenance);

 private:
  /// Throws DataError where the case cannot be written or would not be read again.
  void check(const CaseInfo& info,
             std::span<const float> image,
             std::span<const Label> label,
             int channels,
             int classes) const;

  Hdf5Writer file_;
  int channels_ = 0;
  int classes_ = 0;
  std::vector<std::pair<std::string, std::string>> splits_;  ///< case id → split
};

/// Reads a dataset; slices are read when asked for.
class DatasetReader {
 public:
  explicit DatasetReader(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  /// For the provenance of what is made of it; reads the whole file.
  Input as_input() const { return Input(file_); }
  const DatasetInfo& info() const { return info_; }
  const std::vector<CaseInfo>& cases() const { return cases_; }       ///< Sorted by id.
  std::vector<std::size_t> cases_of(const std::string& split) const;  ///< Indices into cases().
  const std::string& split_hash() const { return split_hash_; }
  int channels() const { return static_cast<int>(info_.channels.size()); }
  int classes() const { return static_cast<int>(info_.class_names.size()); }

  std::vector<float> image(std::size_t index) const;  ///< [C, D, H, W]
  Volume<Label> label(std::size_t index) const;       ///< [D, H, W] in 0 … K-1
  /// The label as it was before preprocessing, on the source's canonical grid, in 0 … K-1: what
  /// predictions are scored against.
  Volume<Label> source_label(std::size_t index) const;
  /// One slice: image_out [C, H, W], label_out [H, W] (-1 outside the mask). Several threads read
  /// side by side, compressed files too.
  void slice(std::size_t index,
             std::int64_t z,
             std::span<float> image_out,
             std::span<Label> label_out) const;

 private:
  struct Slices;

  Hdf5Reader file_;
  DatasetInfo info_;
  std::vector<CaseInfo> cases_;
  std::vector<std::shared_ptr<Slices>> slices_;  ///< [cases]
  std::string split_hash_;
};

/// The images that a data set was made of, read without anything else of the file.
struct SourceList {
  bool of_dataset = false;  ///< Whether the file is a dataset at all.
  bool complete = true;     ///< Not so where an older program read images and listed none.
  std::vector<std::pair<std::string, std::string>> files;  ///< DatasetInfo::source_files
};
SourceList read_source_list(const std::filesystem::path& path);

}  // namespace regionwise::storage

#pragma once

#include <filesystem>
#include <optional>

#include "core/log.hpp"
#include "planning/raw_case.hpp"
#include "planning/source_data.hpp"
#include "planning/splits.hpp"

namespace regionwise::planning {

struct FindOptions {
  std::optional<Splits> splits;  ///< Instead of the description's rule.
  bool skip_errata = false;      ///< Leave out the cases that the description knows to be wrong.
};

/// Lists the cases of a data set without opening images. Hidden files are passed over. The split
/// counts all patients found, so leaving a bad case out moves no other. Throws DataError where
/// nothing fits the layout (saying what was looked for and what was found) or dataset.json makes no
/// sense, IoError where `root` cannot be read, what apply_splits throws.
SourceData find_cases(const Description& description,
                      const std::filesystem::path& root,
                      Log& log,
                      const FindOptions& options = {});

/// Reads the headers of all files and moves every case with a bad one to `source.problems`: no
/// NIfTI, cut short in the header, another grid than the case's first image, another number of
/// channels. Throws IoError where a file cannot be opened.
void check_headers(SourceData& source, bool trust_label_grid);

/// Reads and checks one case; its voxels are returned in canonical order (storage/orientation.hpp)
/// and its labels as classes, while `geometry` stays the first image's as stored. Channels and
/// label may be stored along other axes than the first image. Without a label file the label is
/// empty. Warnings go to `log`; null: they have been given before. Throws DataError (one line:
/// file, what is wrong, remedy): channels or label of another shape; corners of image and label
/// further apart than a voxel, unless `trust_label_grid` (less than 0.01 mm is passed over, less
/// than a voxel warned of); a label value that `source.label_map` lacks; whatever read_nifti
/// refuses.
RawCase read_case(const CaseFiles& files,
                  const SourceData& source,
                  bool trust_label_grid,
                  Log* log);

}  // namespace regionwise::planning

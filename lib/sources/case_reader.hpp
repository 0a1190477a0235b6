#pragma once

#include "core/log.hpp"
#include "sources/raw_case.hpp"
#include "sources/source_data.hpp"

namespace regionwise::sources {

/// Reads the headers of all files and moves every case with a bad one to `source.problems`: no
/// NIfTI, cut short in the header, another grid than the case's first image, another number of
/// channels, or no file that can be opened.
void check_headers(SourceData& source, bool trust_label_grid);

/// Reads and checks one case; its voxels are returned in canonical order (storage/orientation.hpp)
/// and its labels as classes, while `geometry` stays the first image's as stored. Channels and
/// label may be stored along other axes than the first image. Without a label file the label is
/// empty. Warnings go to `log`; null: they have been given before. Throws DataError (one line:
/// file, what is wrong, remedy): channels or label of another shape; corners of image and label
/// further apart than a voxel, unless `trust_label_grid` (less than 0.01 mm is passed over, less
/// than a voxel warned of); label values that `source.label_map` lacks, very many of which are
/// taken for an image's; whatever read_nifti refuses. Spacing outside 0.05 to 50 mm is warned of.
RawCase read_case(const CaseFiles& files,
                  const SourceData& source,
                  bool trust_label_grid,
                  Log* log);

}  // namespace regionwise::sources

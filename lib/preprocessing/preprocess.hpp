#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/interrupt.hpp"
#include "core/volume.hpp"
#include "planning/crop.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"

namespace regionwise::preprocessing {

/// One case as a network sees it: axes in the plan's order, resampled, normalised.
struct Preprocessed {
  int channels = 1;
  std::vector<float> image;  ///< [C, D, H, W]
  Volume<Label> label;       ///< [D, H, W], `kOutside` outside the non-zero mask.
  Spacing3 spacing_mm{1, 1, 1};

  const Shape3& shape() const { return label.shape; }
};

/// Which voxels count as inside the mask when intensities are normalised.
enum class MaskSource {
  label,  ///< Label 0 … K-1: training cases, where labels outside the mask are kept.
  image,  ///< The image's own mask: as at test time, where no label is known.
};

/// What is wrong with an image whose pixels the plan would make more than 32 times larger or
/// smaller, and the remedy; empty where nothing is. Spacings along canonical axes.
std::string spacing_problem(const Spacing3& spacing_mm, const planning::Plan& plan);

/// Transposes, resamples in the plane and normalises (spec §1.3 to §1.5). Labels are resampled
/// without inventing any. `between` is called between slices. Throws DataError for a channel whose
/// values are all equal or differ by millionths, and for a spacing_problem().
Preprocessed preprocess(planning::CroppedCase cropped,
                        const planning::Plan& plan,
                        MaskSource mask_source,
                        const BetweenSteps& between = go_on);

/// Where a preprocessed case lies in its source: everything of the record but id, group, split and
/// class_voxels. `box` and `kept_slices` are those of the cropped and of the raw case.
storage::CaseInfo placement(const storage::ImageGeometry& source,
                            const geometry::Box& box,
                            const Preprocessed& volume,
                            const planning::Plan& plan,
                            std::span<const std::int64_t> kept_slices = {});

/// (x - mean) / (sd + 1e-8) with the population sd, over the voxels that `mask` has at 0 or above;
/// the others become 0 (spec §1.5). An empty mask takes all voxels. Throws DataError where all
/// values are equal.
void z_score(std::span<float> values, std::span<const Label> mask);

}  // namespace regionwise::preprocessing

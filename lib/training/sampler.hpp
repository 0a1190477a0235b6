#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/volume.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"
#include "training/augmentation.hpp"

namespace regionwise::training {

/// One sample of one batch of a training, all 0-based.
struct SamplePosition {
  std::int64_t epoch = 0;
  std::int64_t iteration = 0;
  std::int64_t sample = 0;
};

/// Where the random numbers of a sample are drawn.
DrawPosition draw_position(Purpose purpose, const SamplePosition& position);

/// Where a training patch was taken: enough to name it in an error.
struct PatchOrigin {
  std::size_t case_index = 0;
  std::int64_t slice = 0;
  std::int64_t y = 0;  ///< First row; may lie outside the slice.
  std::int64_t x = 0;
};

/// A sample and where it comes from.
struct DrawnPatch {
  PatchOrigin origin;
  TrainingSample sample;
};

/// First index of a batch of `batch_size` that is forced to hold foreground (spec §4.3).
std::int64_t first_forced_sample(std::int64_t batch_size, double foreground_share);

/// Inclusive range of the first row (or column) of a patch of length `loader` around an image axis
/// of length `size`, of which `patch` remain after augmentation (spec §4.3, recomputed per sample).
struct CornerRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
CornerRange corner_range(std::int64_t size, std::int64_t loader, std::int64_t patch);

struct SamplerOptions {
  Shape2 read;   ///< What is read of a slice …
  Shape2 patch;  ///< … and what augmentation leaves of it.
  std::int64_t batch_size = 2;
  double foreground_share = 0.33;  ///< Of a batch, must hold foreground.
};

/// What a training with this plan reads: more than a patch where it is rotated or scaled.
SamplerOptions sampler_options(const planning::Plan& plan,
                               const AugmentationConfig& augmentation,
                               double foreground_share);

/// Draws training patches: cases uniformly with replacement, slices uniformly, a share of each
/// batch forced onto foreground, padded with image 0, label -1 and map 0 (spec §4.3). Each draw is
/// a function of the seed and its position. Any thread may draw.
class Sampler {
 public:
  /// Called with a patch's case and slice before they are read.
  using Note = std::function<void(std::string)>;

  /// `maps` (may be null) provides precomputed maps. DataError where no case is for training.
  Sampler(std::shared_ptr<const storage::DatasetReader> dataset,
          std::shared_ptr<const storage::MapsReader> maps,
          const SamplerOptions& options,
          std::uint64_t seed);

  const storage::DatasetReader& dataset() const { return *dataset_; }
  const SamplerOptions& options() const { return options_; }
  std::uint64_t seed() const { return seed_; }
  std::string describe(const PatchOrigin& origin) const;  ///< "case7 slice 3"

  /// The patch as read, not augmented. Errors name case and slice.
  DrawnPatch draw(const SamplePosition& position, const Note& note) const;

 private:
  void read(DrawnPatch& drawn, int forced_class, RandomStream& random) const;

  std::shared_ptr<const storage::DatasetReader> dataset_;
  std::shared_ptr<const storage::MapsReader> maps_;
  SamplerOptions options_;
  std::uint64_t seed_;
  std::vector<std::size_t> cases_;
};

}  // namespace regionwise::training

#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"

namespace regionwise::training {

/// Where a training patch was taken: enough to name it in an error.
struct PatchOrigin {
  std::size_t case_index = 0;
  std::int64_t slice = 0;
  std::int64_t y = 0;  ///< First row; may lie outside the slice.
  std::int64_t x = 0;
};

struct Batch {
  torch::Tensor images;              ///< [N, C, H, W] float32
  torch::Tensor labels;              ///< [N, H, W] int64
  torch::Tensor maps;                ///< [N, K, H, W] float32, or undefined
  std::vector<PatchOrigin> origins;  ///< [N]
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

/// Draws training patches: cases uniformly with replacement, slices uniformly, a share of each
/// batch forced onto foreground, padded with image 0 and label 0 (spec §4.3). Each draw is a
/// function of (seed, epoch, iteration, sample).
class Sampler {
 public:
  /// `maps` (may be null) provides precomputed maps; padding gets 0 in every channel.
  Sampler(const storage::DatasetReader& dataset,
          const storage::MapsReader* maps,
          const planning::Plan& plan,
          double foreground_share,
          bool mirror,
          std::uint64_t seed);

  Batch draw(std::int64_t epoch, std::int64_t iteration) const;

 private:
  PatchOrigin draw_origin(RandomStream& random, bool forced) const;
  void read_patch(const PatchOrigin& origin, std::int64_t sample, Batch& batch) const;
  void mirror(RandomStream& random, std::int64_t sample, Batch& batch) const;

  const storage::DatasetReader& dataset_;
  const storage::MapsReader* maps_;
  planning::Plan plan_;
  double foreground_share_;
  bool mirror_;
  std::uint64_t seed_;
  std::vector<std::size_t> cases_;
};

}  // namespace regionwise::training

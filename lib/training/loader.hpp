#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/job_pipeline.hpp"
#include "training/augmentation.hpp"
#include "training/sampler.hpp"

namespace regionwise::training {

struct Batch {
  torch::Tensor images;              ///< [N, C, H, W] float32
  torch::Tensor labels;              ///< [N, H, W] int64
  torch::Tensor maps;                ///< [N, K, H, W] float32, or undefined
  std::vector<PatchOrigin> origins;  ///< [N]
};

/// Samples of one size as a batch.
Batch assemble(const std::vector<DrawnPatch>& samples);

/// For each channel whether it was normalised inside the non-zero mask, outside of which
/// augmentation must then keep it 0 (spec §4.4, step 10).
std::vector<bool> masked_channels(const planning::Plan& plan, std::int64_t channels);

/// What augmentation makes of the patch that the sampler read at a position; `draws` as in
/// augment().
TrainingSample augmented(const TrainingSample& read,
                         const Sampler& sampler,
                         const AugmentationConfig& augmentation,
                         const std::vector<bool>& masked,
                         const SamplePosition& position,
                         std::vector<AugmentationDraw>* draws = nullptr);

/// Threads that make batches where the user names no number: 1 beside a network on the processor,
/// which needs the others itself; for one on a GPU, which would wait for a single one, as many as
/// the program may use, but 2 to 12 (12: the reference's).
int default_loader_threads(const torch::Device& device, int threads);

struct LoaderOptions {
  std::int64_t iterations_per_epoch = 1;
  std::int64_t first = 0;  ///< Batches are counted from the beginning of epoch 0: from here …
  std::int64_t end = 0;    ///< … up to this one, which is not made.
  int threads = 1;         ///< 0: batches are made where they are asked for.
  std::int64_t ahead = 4;  ///< Batches made or being made but not yet asked for, at most.
  /// An error where the threads make no sample for longer than this; five times as often, a
  /// warning. Nobody watches where there are no threads.
  double patience_minutes = 5;
  std::function<void(const std::string&)> warn = {};
};

/// Makes the batches of a training ahead of time, across the ends of epochs: sampled and augmented,
/// in order, and the same whatever the number of threads. Memory is that of `ahead` batches.
class Loader {
 public:
  Loader(const std::shared_ptr<const Sampler>& sampler,
         const AugmentationConfig& augmentation,
         const std::vector<bool>& masked,
         const LoaderOptions& options);

  /// The next batch; none where `cancelled` came true while waiting. Throws the first error of a
  /// sample, which names epoch, iteration, case and slice and ends the loader; RetryError, naming
  /// the cases that the threads are at, where nothing came in time.
  std::optional<Batch> next(const std::function<bool()>& cancelled);

 private:
  struct Place;

  std::shared_ptr<std::vector<Place>> places_;  ///< [ahead]
  JobPipeline pipeline_;
};

}  // namespace regionwise::training

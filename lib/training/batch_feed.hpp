#pragma once

#include <exception>
#include <memory>
#include <optional>

#include "core/log.hpp"
#include "planning/plan.hpp"
#include "storage/dataset_file.hpp"
#include "storage/maps_file.hpp"
#include "training/job.hpp"
#include "training/loader.hpp"
#include "training/step.hpp"

namespace regionwise::training {

/// A batch, and what of it is on the device. The epoch of `input` is left to whoever steps.
struct ReadyBatch {
  Batch batch;
  StepInput input;
};

/// The batches of a training, in order, on its device.
class BatchFeed {
 public:
  /// From batch `first` on, counted from the beginning of the training. `maps` may be null. `job`
  /// and `log` must outlive it.
  BatchFeed(const TrainingJob& job,
            std::shared_ptr<const storage::DatasetReader> dataset,
            const std::shared_ptr<const storage::MapsReader>& maps,
            const planning::Plan& plan,
            std::int64_t first,
            Log& log);

  /// The next batch; none where the program was interrupted. Throws as Loader::next does.
  std::optional<ReadyBatch> next();

  /// Brings the next batch to the device while that is busy with another. What goes wrong is kept
  /// for next(), so that the step under way can be ended.
  void bring_ahead();

 private:
  StepInput to_device(const Batch& batch) const;

  const TrainingJob& job_;
  std::shared_ptr<const storage::DatasetReader> dataset_;
  Loader loader_;
  std::optional<ReadyBatch> ahead_;
  std::exception_ptr stuck_;  ///< Why none came ahead.
};

}  // namespace regionwise::training

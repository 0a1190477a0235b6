#include "training/batch_feed.hpp"

#include <utility>

#include "core/interrupt.hpp"
#include "losses/loss.hpp"
#include "training/sampler.hpp"

namespace regionwise::training {
namespace {

LoaderOptions loader_options(const TrainingJob& job, std::int64_t first, Log& log) {
  return {.iterations_per_epoch = job.config.iterations_per_epoch,
          .first = first,
          .end = job.config.epochs * job.config.iterations_per_epoch,
          .threads = job.loader_threads,
          .patience_minutes = job.patience_minutes,
          .warn = [&log](const std::string& message) { log.warn(message); }};
}

}  // namespace

BatchFeed::BatchFeed(const TrainingJob& job,
                     std::shared_ptr<const storage::DatasetReader> dataset,
                     const std::shared_ptr<const storage::MapsReader>& maps,
                     const planning::Plan& plan,
                     std::int64_t first,
                     Log& log)
    : job_(job),
      dataset_(std::move(dataset)),
      loader_(std::make_shared<const Sampler>(
                  dataset_,
                  maps,
                  sampler_options(plan, job.config.augmentation, job.config.foreground_share),
                  job.seed),
              job.config.augmentation,
              masked_channels(plan, dataset_->channels()),
              loader_options(job, first, log)) {}

std::optional<ReadyBatch> BatchFeed::next() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  if (stuck_) std::rethrow_exception(stuck_);
  std::optional<Batch> batch = loader_.next(interrupted);
  if (!batch) return std::nullopt;
  StepInput input = to_device(*batch);
  return ReadyBatch{std::move(*batch), std::move(input)};
}

void BatchFeed::bring_ahead() {
  try {
    ahead_ = next();
  } catch (...) {
    stuck_ = std::current_exception();
  }
}

StepInput BatchFeed::to_device(const Batch& batch) const {
  const auto type = job_.config.precision == Precision::float64 ? torch::kFloat64 : torch::kFloat32;
  StepInput input;
  if (job_.device.is_cpu()) {
    input.images = batch.images.to(type);
    input.labels = batch.labels;
    input.maps = batch.maps;
  } else {
    // Losses cannot look at labels on a GPU without waiting for it.
    losses::check_label_values(batch.labels, dataset_->classes());
    const auto upload = [&](const torch::Tensor& tensor) {
      return tensor.pin_memory().to(job_.device, /*non_blocking=*/true);
    };
    input.images = upload(batch.images).to(type);
    input.labels = upload(batch.labels.to(torch::kInt8)).to(torch::kInt64);
    if (batch.maps.defined()) input.maps = upload(batch.maps);
  }
  for (const PatchOrigin& origin : batch.origins) {
    input.spacings_mm.push_back(dataset_->cases()[origin.case_index].spacing_mm);
  }
  return input;
}

}  // namespace regionwise::training
